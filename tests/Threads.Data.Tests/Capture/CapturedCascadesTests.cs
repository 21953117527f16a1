namespace Threads.Data.Tests.Capture;

// FINDINGS 1a (user triggers, 5) and 2: what SQLite itself writes behind a statement.
public class CapturedCascadesTests
{
    private const string Parent = "CREATE TABLE p(id INTEGER PRIMARY KEY, a)";

    [Fact]
    public void On_delete_cascade_is_captured()
        => Check(Parent, "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE)", "CREATE TABLE g(id INTEGER PRIMARY KEY, c REFERENCES c ON DELETE CASCADE)",
            "INSERT INTO p VALUES(1, 'x'), (2, 'y')", "INSERT INTO c VALUES(1, 1), (2, 1), (3, 2)", "INSERT INTO g VALUES(1, 1), (2, 3)", "DELETE FROM p WHERE id = 1");

    [Fact]
    public void On_delete_set_null_and_set_default_are_captured()
        => Check(Parent, "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE SET NULL, q INTEGER DEFAULT 2 REFERENCES p ON DELETE SET DEFAULT)",
            "INSERT INTO p VALUES(1, 'x'), (2, 'y')", "INSERT INTO c VALUES(1, 1, 1), (2, 2, 1), (3, 2, 2)", "DELETE FROM p WHERE id = 1");

    [Fact]
    public void On_update_cascade_is_captured()
        => Check("CREATE TABLE p(id TEXT PRIMARY KEY, a)", "CREATE TABLE c(p TEXT REFERENCES p ON UPDATE CASCADE, n, PRIMARY KEY(p, n)) WITHOUT ROWID",
            "INSERT INTO p VALUES('x', 1), ('y', 2)", "INSERT INTO c VALUES('x', 1), ('x', 2), ('y', 1)", "UPDATE p SET id = 'z' WHERE id = 'x'");

    [Fact]
    public void References_of_a_table_to_itself_are_captured()
        => Check("CREATE TABLE n(id INTEGER PRIMARY KEY, up REFERENCES n ON DELETE CASCADE ON UPDATE CASCADE)",
            "INSERT INTO n VALUES(1, NULL), (2, 1), (3, 2), (4, 4), (5, 1)", "UPDATE n SET id = 10 WHERE id = 1", "DELETE FROM n WHERE id = 2", "DELETE FROM n WHERE id = 10");

    [Fact]
    public void A_row_that_refers_to_itself_is_captured_when_its_key_moves()
        => Check("CREATE TABLE n(id INTEGER PRIMARY KEY, a UNIQUE, up REFERENCES n ON UPDATE CASCADE, b REFERENCES n(a) ON UPDATE CASCADE)",
            "INSERT INTO n VALUES(1, 'x', 1, 'x'), (2, 'y', 2, 'y')", "UPDATE n SET id = 3 WHERE id = 1", "UPDATE n SET a = 'z' WHERE id = 2", "UPDATE n SET id = id + 10, a = a || '!'");

    [Fact]
    public void A_cascade_whose_trigger_comes_back_to_the_row_is_captured()
        => Check("CREATE TABLE p(id INTEGER PRIMARY KEY, a UNIQUE, touched DEFAULT 0)", "CREATE TABLE c(id INTEGER PRIMARY KEY, a REFERENCES p(a) ON UPDATE CASCADE)",
            "CREATE TRIGGER tc AFTER UPDATE ON c BEGIN UPDATE p SET touched = touched + 1 WHERE a = NEW.a; END",
            "INSERT INTO p(id, a) VALUES(1, 'x')", "INSERT INTO c VALUES(1, 'x'), (2, 'x')", "UPDATE p SET a = 'y'");

    [Fact]
    public void Replace_of_a_parent_captures_what_the_cascade_took()
        => Check("CREATE TABLE p(id INTEGER PRIMARY KEY, a UNIQUE)", "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE)",
            "INSERT INTO p VALUES(1, 'x'), (2, 'y')", "INSERT INTO c VALUES(1, 1), (2, 2)", "REPLACE INTO p VALUES(3, 'x')");

    [Fact]
    public void Drop_of_a_parent_captures_what_the_cascade_took()
    {
        using var pair = new CapturePair(Parent, "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE)", "CREATE TABLE d(id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE SET NULL)");
        pair.Run("INSERT INTO p VALUES(1, 'x')", "INSERT INTO c VALUES(1, 1), (2, NULL)", "INSERT INTO d VALUES(1, 1)");
        pair.Alice.SendTo(pair.Bob);

        pair.Run("DROP TABLE p");

        pair.Alice.SendTo(pair.Bob);
        Assert.Equal("2", pair.Bob.One<string>("SELECT group_concat(id) FROM c"));
        Assert.Equal(0, pair.Bob.One<long>("SELECT count(p) FROM d"));
        pair.Bob.Run("DROP TABLE p");
        pair.Agree();
    }

    [Fact]
    public void A_local_parent_still_lets_its_cascade_be_captured()
    {
        using var pair = new CapturePair("CREATE TABLE n(id INTEGER PRIMARY KEY)");
        pair.Alice.Connection.Thread.MarkLocal("localp");
        pair.Run("CREATE TABLE localp(id INTEGER PRIMARY KEY)", "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES localp ON DELETE CASCADE)");
        pair.Bob.Connection.Thread.MarkLocal("localp");
        pair.Bob.Run("CREATE TABLE localp(id INTEGER PRIMARY KEY)", "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES localp ON DELETE CASCADE)");
        pair.Run("INSERT INTO localp VALUES(1), (2)", "INSERT INTO c VALUES(1, 1), (2, 2)", "DELETE FROM localp WHERE id = 1");
        pair.Agree();
    }

    [Fact]
    public void After_triggers_of_the_user_are_captured()
        => Check("CREATE TABLE n(id INTEGER PRIMARY KEY, a)", "CREATE TABLE audit(id INTEGER PRIMARY KEY, what)",
            "CREATE TRIGGER ti AFTER INSERT ON n BEGIN INSERT INTO audit(what) VALUES('i' || NEW.id); END",
            "CREATE TRIGGER tu AFTER UPDATE OF a ON n WHEN NEW.a <> OLD.a BEGIN INSERT INTO audit(what) VALUES('u' || NEW.id); UPDATE n SET a = upper(a) WHERE id = NEW.id AND a <> upper(a); END",
            "CREATE TRIGGER td AFTER DELETE ON n BEGIN DELETE FROM audit WHERE what = 'i' || OLD.id; END",
            "INSERT INTO n VALUES(1, 'x'), (2, 'y')", "UPDATE n SET a = 'z'", "DELETE FROM n WHERE id = 2");

    [Fact]
    public void Before_triggers_of_the_user_are_captured()
        => Check("CREATE TABLE n(id INTEGER PRIMARY KEY, a)", "CREATE TABLE m(id INTEGER PRIMARY KEY, a)",
            "CREATE TRIGGER ti BEFORE INSERT ON n BEGIN INSERT INTO m VALUES(NEW.id, 'before'); UPDATE n SET a = 'seen' WHERE id < NEW.id; END",
            "CREATE TRIGGER td BEFORE DELETE ON n BEGIN DELETE FROM m WHERE id = OLD.id; END",
            "CREATE TRIGGER tr BEFORE UPDATE ON n WHEN NEW.a = 'no' BEGIN SELECT RAISE(IGNORE); END",
            "INSERT INTO n VALUES(1, 'x'), (2, 'y')", "DELETE FROM n WHERE id = 1", "UPDATE n SET a = 'no'", "UPDATE n SET a = 'yes'");

    [Fact]
    public void Triggers_that_write_the_same_row_again_are_captured()
        => Check("CREATE TABLE n(id INTEGER PRIMARY KEY, a, version INTEGER DEFAULT 0)",
            "CREATE TRIGGER ti AFTER INSERT ON n BEGIN UPDATE n SET version = version + 1 WHERE id = NEW.id; END",
            "CREATE TRIGGER tu AFTER UPDATE OF a ON n BEGIN UPDATE n SET version = version + 1 WHERE id = NEW.id; UPDATE n SET version = version * 2 WHERE id = NEW.id; END",
            "INSERT INTO n(id, a) VALUES(1, 'x'), (2, 'y')", "UPDATE n SET a = 'z' WHERE id = 1", "BEGIN", "UPDATE n SET a = 'w'", "UPDATE n SET a = 'v' WHERE id = 2", "COMMIT");

    [Fact]
    public void A_trigger_that_deletes_what_was_inserted_leaves_nothing()
        => Check("CREATE TABLE n(id INTEGER PRIMARY KEY, a)", "CREATE TRIGGER ti AFTER INSERT ON n WHEN NEW.a = 'bad' BEGIN DELETE FROM n WHERE id = NEW.id; END",
            "INSERT INTO n VALUES(1, 'good'), (2, 'bad')");

    [Fact]
    public void Recursive_triggers_are_captured()
        => Check("CREATE TABLE n(id INTEGER PRIMARY KEY, a)", "CREATE TRIGGER ti AFTER INSERT ON n WHEN NEW.id < 5 BEGIN INSERT INTO n VALUES(NEW.id + 1, NEW.a || '.'); END",
            "PRAGMA recursive_triggers = 1", "INSERT INTO n VALUES(1, 'x')", "REPLACE INTO n VALUES(4, 'again')");

    [Fact]
    public void Instead_of_triggers_are_captured_with_what_they_replace()
        => Check("CREATE TABLE n(id INTEGER PRIMARY KEY, a UNIQUE)", "CREATE VIEW v AS SELECT id, a FROM n",
            "CREATE TRIGGER vi INSTEAD OF INSERT ON v BEGIN INSERT OR REPLACE INTO n VALUES(NEW.id, NEW.a); END",
            "CREATE TRIGGER vu INSTEAD OF UPDATE ON v BEGIN UPDATE n SET a = NEW.a WHERE id = OLD.id; END",
            "CREATE TRIGGER vd INSTEAD OF DELETE ON v BEGIN DELETE FROM n WHERE id = OLD.id; END",
            "INSERT INTO v VALUES(1, 'x'), (2, 'y')", "INSERT INTO v VALUES(3, 'x')", "UPDATE v SET a = a || '!'", "DELETE FROM v WHERE id = 2");

    [Fact]
    public void A_trigger_that_replaces_captures_its_victims()
        => Check("CREATE TABLE n(id INTEGER PRIMARY KEY, a)", "CREATE TABLE m(id INTEGER PRIMARY KEY, a UNIQUE)",
            "CREATE TRIGGER ti AFTER INSERT ON n BEGIN REPLACE INTO m VALUES(NEW.id, NEW.a); END",
            "INSERT INTO n VALUES(1, 'x')", "INSERT INTO n VALUES(2, 'x')");

    [Fact]
    public void A_chain_of_triggers_and_cascades_is_captured()
        => Check("CREATE TABLE a(id INTEGER PRIMARY KEY)", "CREATE TABLE b(id INTEGER PRIMARY KEY, a REFERENCES a ON DELETE CASCADE)", "CREATE TABLE c(id INTEGER PRIMARY KEY, n INTEGER)", "CREATE TABLE d(id INTEGER PRIMARY KEY)",
            "CREATE TRIGGER tb AFTER DELETE ON b BEGIN INSERT INTO c VALUES(OLD.id, 1) ON CONFLICT DO UPDATE SET n = n + 1; END",
            "CREATE TRIGGER tc AFTER INSERT ON c BEGIN INSERT INTO d VALUES(NEW.id * 100); END",
            "INSERT INTO a VALUES(1), (2)", "INSERT INTO b VALUES(1, 1), (2, 1), (3, 2)", "DELETE FROM a WHERE id = 1");

    [Fact]
    public void Temp_triggers_of_the_user_are_captured()
        => Check("CREATE TABLE n(id INTEGER PRIMARY KEY, a)", "CREATE TABLE m(id INTEGER PRIMARY KEY)",
            "INSERT INTO n VALUES(1, 'first')", "CREATE TEMP TRIGGER tt AFTER INSERT ON main.n BEGIN INSERT INTO m VALUES(NEW.id); END", "INSERT INTO n VALUES(2, 'second')");

    [Fact]
    public void Temp_triggers_that_write_the_row_again_are_captured_whichever_fires_first()
        => Check("CREATE TABLE n(id INTEGER PRIMARY KEY, a, b, c)",
            "CREATE TEMP TRIGGER t1 AFTER UPDATE OF a ON main.n BEGIN UPDATE n SET b = NEW.a || '!' WHERE id = NEW.id; END",
            "CREATE TEMP TRIGGER t2 BEFORE UPDATE OF a ON main.n BEGIN UPDATE n SET c = NEW.a || '?' WHERE id = NEW.id; END",
            "INSERT INTO n VALUES(1, 'x', 'y', 'z')", "UPDATE n SET a = 'w'",
            "CREATE TEMP TRIGGER t3 AFTER UPDATE OF a ON main.n BEGIN UPDATE n SET c = NEW.a || '.' WHERE id = NEW.id; END", "UPDATE n SET a = 'v'");

    [Fact]
    public void Temp_triggers_of_the_user_do_not_write_at_a_fold_and_go_on_after_it()
    {
        using var pair = new CapturePair("CREATE TABLE n(id INTEGER PRIMARY KEY, a)", "CREATE TABLE m(id INTEGER PRIMARY KEY)");
        pair.Bob.Run("CREATE TEMP TRIGGER tt AFTER INSERT ON main.n BEGIN INSERT INTO m VALUES(NEW.id); END");
        pair.Run("INSERT INTO n VALUES(1, 'first')");
        pair.Agree();
        pair.Bob.Run("INSERT INTO n VALUES(2, 'second')");
        pair.Bob.SendTo(pair.Alice);
        Assert.Equal("2", pair.Alice.One<string>("SELECT group_concat(id) FROM m"));
        Assert.Equal(pair.Bob.Digest, pair.Alice.Digest);
    }

    [Fact]
    public void Writes_to_temp_tables_and_views_whose_triggers_write_shared_tables_are_captured()
        => Check("CREATE TABLE n(id INTEGER PRIMARY KEY, a)",
            "INSERT INTO n VALUES(1, 'x')",
            "CREATE TEMP TABLE inbox(id, a)", "CREATE TEMP TRIGGER tt AFTER INSERT ON inbox BEGIN INSERT INTO n VALUES(NEW.id, NEW.a); END", "INSERT INTO inbox VALUES(2, 'y')",
            "CREATE TEMP VIEW w AS SELECT * FROM n", "CREATE TEMP TRIGGER tw INSTEAD OF DELETE ON w BEGIN DELETE FROM n WHERE id = OLD.id; END", "DELETE FROM w WHERE id = 1");

    private static void Check(params string[] statements)
    {
        var schema = statements.TakeWhile(s => s.StartsWith("CREATE ", StringComparison.Ordinal) && !s.StartsWith("CREATE TEMP", StringComparison.Ordinal)).ToArray();
        using var pair = new CapturePair(schema);
        pair.Run(statements[schema.Length..]);
        pair.Agree();
    }
}
