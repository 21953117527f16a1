using Dapper;

namespace Threads.Data.Tests.Views;

/// <summary>Decision 7, outcome by outcome: the sentences of docs/merging.md, and the cases that break simpler rules (FINDINGS 1a).</summary>
public class ConstraintTests
{
    private const string Users = "CREATE TABLE users(id INTEGER PRIMARY KEY, mail TEXT UNIQUE, name TEXT UNIQUE)";
    private const string Orders = "CREATE TABLE orders(id INTEGER PRIMARY KEY, user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE)";

    [Fact]
    public void Of_two_rows_that_claim_one_unique_value_the_older_is_shown_on_every_peer()
    {
        using var alice = Peer.New(Users);
        using var bob = alice.Join();
        bob.Run("INSERT INTO users VALUES(2, 'same', NULL)");
        alice.Run("INSERT INTO users VALUES(1, 'same', NULL)");
        Exchange(alice, bob);
        Assert.Equal(2, alice.One<long>("SELECT id FROM users"));
        Assert.Equal((1L, "UNIQUE users(mail)", "UNIQUE constraint failed: users.mail", """[{"collection":"users","key":2,"state":"shown"}]"""),
            alice.Connection.QuerySingle<(long, string, string, string)>("SELECT row_key, constraint_name, reason, rivals FROM threads_conflicts"));
        Assert.Equal(alice.One<long>("SELECT max(t) FROM _threads_entity"), alice.One<long>("SELECT since FROM threads_conflicts"));
    }

    [Fact]
    public void A_held_back_row_returns_when_the_older_one_goes_or_gives_up_the_value()
    {
        using var alice = Peer.New(Users);
        using var bob = alice.Join();
        alice.Run("INSERT INTO users VALUES(1, 'same', NULL)");
        bob.Run("INSERT INTO users VALUES(2, 'same', NULL)");
        Exchange(alice, bob);
        alice.Run("UPDATE users SET mail = 'other' WHERE id = 1");
        Exchange(alice, bob);
        Assert.Equal("1 other,2 same", Shown(bob, "id || ' ' || mail"));
        Assert.Empty(Conflicts(bob));
    }

    [Fact]
    public void What_is_written_to_a_row_that_is_held_back_elsewhere_shows_when_it_returns()
    {
        using var alice = Peer.New(Users);
        using var bob = alice.Join();
        alice.Run("INSERT INTO users VALUES(1, 'same', NULL)");
        bob.Run("INSERT INTO users VALUES(2, 'same', 'bob')");
        bob.SendTo(alice);
        bob.Run("UPDATE users SET name = 'robert' WHERE id = 2");
        bob.SendTo(alice);
        Assert.Equal("1", Shown(alice, "id"));
        alice.Run("DELETE FROM users WHERE id = 1");
        Assert.Equal("2 robert", Shown(alice, "id || ' ' || name"));
    }

    [Fact]
    public void A_row_can_be_blocked_by_one_that_is_held_back_itself()
    {
        // A older than B older than C: A and B claim one mail, B and C one name.
        using var alice = Peer.New(Users);
        using var bob = alice.Join();
        using var carol = alice.Join();
        alice.Run("INSERT INTO users VALUES(1, 'x', NULL)");
        bob.Run("INSERT INTO users VALUES(2, 'x', 'y')");
        carol.Run("INSERT INTO users VALUES(3, NULL, 'y')");
        bob.SendTo(alice);
        carol.SendTo(alice);
        Assert.Equal("1", Shown(alice, "id"));
        Assert.Equal("""[{"collection":"users","key":2,"state":"held"},{"collection":"users","key":1,"state":"shown"}]""", alice.One<string>("SELECT rivals FROM threads_conflicts WHERE row_key = 3"));

        alice.Run("DELETE FROM users WHERE id = 1");

        Assert.Equal("2", Shown(alice, "id"));
        Assert.Equal("""[{"collection":"users","key":2,"state":"shown"}]""", alice.One<string>("SELECT rivals FROM threads_conflicts WHERE row_key = 3"));
        Rebuilt(alice);
    }

    [Fact]
    public void Deleting_the_oldest_of_a_long_chain_shows_one_row_and_hides_none()
    {
        using var alice = Peer.New("CREATE TABLE chain(id INTEGER PRIMARY KEY, a INTEGER UNIQUE, b INTEGER UNIQUE)");
        using var bare = alice.Join(["CREATE TABLE chain(id INTEGER PRIMARY KEY, a INTEGER, b INTEGER)"]);
        // Row n claims a = n and, where it is even, the a of its predecessor through b's partner: neighbours meet in one of the two keys.
        for (var n = 1; n <= 60; n++)
        {
            bare.Run(n % 2 == 1 ? $"INSERT INTO chain VALUES({n}, {n}, {n + 1})" : $"INSERT INTO chain VALUES({n}, {n + 1}, {n})");
        }

        bare.SendTo(alice);
        Assert.Equal(1, alice.One<long>("SELECT count(*) FROM chain"));
        Assert.Equal(59, alice.One<long>("SELECT count(*) FROM threads_conflicts"));
        alice.Run("DELETE FROM chain WHERE id = 1");
        Assert.Equal(2, alice.One<long>("SELECT group_concat(id) FROM chain"));
        Rebuilt(alice);
    }

    [Fact]
    public void A_row_has_one_age_for_all_its_keys_so_two_rows_never_hide_each_other()
    {
        using var alice = Peer.New(Users);
        using var bob = alice.Join();
        alice.Run("INSERT INTO users VALUES(1, 'k1', 'a')");
        bob.Run("INSERT INTO users VALUES(2, 'b', 'k2')");
        bob.Run("UPDATE users SET mail = 'k1' WHERE id = 2");
        alice.Run("UPDATE users SET name = 'k2' WHERE id = 1");
        Exchange(alice, bob);
        Assert.Equal("1", Shown(bob, "id"));
    }

    [Fact]
    public void A_cycle_of_a_unique_key_and_references_settles()
    {
        // Q and P claim one key, Q older; X refers to P, Q refers to X: no set of rows satisfies the simple rule.
        string[] schema =
        [
            "CREATE TABLE q(id INTEGER PRIMARY KEY, k TEXT UNIQUE, x INTEGER REFERENCES x(id) DEFERRABLE INITIALLY DEFERRED)",
            "CREATE TABLE x(id INTEGER PRIMARY KEY, p INTEGER REFERENCES q(id) DEFERRABLE INITIALLY DEFERRED)",
        ];
        using var alice = Peer.New(schema);
        using var bob = alice.Join();
        bob.Run("INSERT INTO q VALUES(1, 'other', NULL)");
        bob.SendTo(alice);
        alice.Run("INSERT INTO q VALUES(2, 'k', NULL)", "INSERT INTO x VALUES(3, 2)");
        alice.SendTo(bob);
        alice.Run("UPDATE q SET x = 3 WHERE id = 1");
        bob.Run("UPDATE q SET k = 'free' WHERE id = 2", "UPDATE q SET k = 'k' WHERE id = 1");
        alice.Run("UPDATE q SET k = 'for now' WHERE id = 2", "UPDATE q SET k = 'k' WHERE id = 2");
        Exchange(alice, bob);
        // Q is the oldest claimant, P gives way, X loses its parent, and Q with it: the next pass looks no further back.
        Assert.Equal(["q 1 4", "q 2 3", "x 3 4"], alice.Connection.Query<string>("SELECT c.tbl || ' ' || h.k || ' ' || h.pass FROM _threads_held h JOIN _threads_collection c ON c.id = h.c ORDER BY 1"));
        Rebuilt(alice);
    }

    [Fact]
    public void Rows_that_swap_a_unique_value_arrive_swapped_whatever_the_ddl_says_of_conflicts()
    {
        using var alice = Peer.New("CREATE TABLE u(id INTEGER PRIMARY KEY, k TEXT UNIQUE ON CONFLICT REPLACE)");
        using var bob = alice.Join();
        alice.Run("INSERT INTO u VALUES(1, 'x'), (2, 'y'), (3, 'z')");
        alice.SendTo(bob);
        alice.Run("BEGIN; UPDATE u SET k = 't' WHERE id = 1; UPDATE u SET k = 'x' WHERE id = 2; UPDATE u SET k = 'y' WHERE id = 1; COMMIT");
        alice.SendTo(bob);
        Assert.Equal("1y,2x,3z", bob.One<string>("SELECT group_concat(id || k) FROM (SELECT * FROM u ORDER BY id)"));
        Assert.Empty(Conflicts(bob));
        Assert.Equal(alice.Digest, bob.Digest);
    }

    [Fact]
    public void A_row_that_claims_what_a_delete_freed_here_stays_though_a_hidden_older_one_claims_it_too()
    {
        using var alice = Peer.New(Users);
        using var bob = alice.Join();
        alice.Run("INSERT INTO users VALUES(1, 'same', NULL)");
        bob.Run("INSERT INTO users VALUES(2, 'same', NULL)");
        Exchange(alice, bob);

        // Row 2 is hidden and older than what comes now.
        alice.Run("BEGIN; DELETE FROM users WHERE id = 1; INSERT INTO users VALUES(3, 'same', NULL); COMMIT");

        Assert.Equal("3", Shown(alice, "id"));
        Assert.Equal(1, alice.One<long>("SELECT count(*) FROM threads_conflicts WHERE row_key = 2"));
        alice.SendTo(bob);
        Assert.Equal("3", Shown(bob, "id"));
        Assert.Equal(Conflicts(alice), Conflicts(bob));
        Rebuilt(bob);
    }

    [Fact]
    public void The_replace_idiom_keeps_the_row_it_writes()
    {
        using var alice = Peer.New(Users);
        using var bob = alice.Join();
        alice.Run("INSERT INTO users VALUES(1, 'same', NULL)");
        bob.Run("INSERT INTO users VALUES(2, 'same', NULL)");
        Exchange(alice, bob);
        bob.Run("INSERT OR REPLACE INTO users VALUES(9, 'same', 'bob')");
        Assert.Equal("9", Shown(bob, "id"));
        Exchange(alice, bob);
        Assert.Equal("9", Shown(alice, "id"));
    }

    [Fact]
    public void An_inserted_parent_brings_no_hidden_child_that_would_displace_a_shown_row()
    {
        string[] schema =
        [
            "CREATE TABLE p(id INTEGER PRIMARY KEY)",
            "CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p(id), k TEXT UNIQUE)",
        ];
        using var alice = Peer.New(schema);
        using var bob = alice.Join();
        bob.Run("INSERT INTO p VALUES(1)", "INSERT INTO c VALUES(1, 1, 'k')");
        bob.SendTo(alice);
        alice.Run("DELETE FROM c", "DELETE FROM p", "INSERT INTO c VALUES(2, NULL, 'k')");
        bob.Run("INSERT INTO c VALUES(3, 1, 'm')", "UPDATE c SET k = 'later' WHERE id = 3");
        bob.SendTo(alice);
        alice.Run("UPDATE c SET k = 'later' WHERE id = 2");
        Assert.Equal("2", alice.One<string>("SELECT group_concat(id) FROM c"));

        // Row 3 waits for this parent and is older where it claims; row 2 stands in the local result and stays.
        alice.Run("INSERT INTO p VALUES(1)");

        Assert.Contains(2, alice.Connection.Query<long>("SELECT id FROM c"));
        alice.SendTo(bob);
        bob.SendTo(alice);
        Assert.Equal(alice.Digest, bob.Digest);
        Rebuilt(alice);
    }

    [Fact]
    public void A_child_nobody_saw_waits_for_its_parent_whatever_ON_DELETE_says()
    {
        foreach (var action in new[] { "CASCADE", "RESTRICT", "NO ACTION" })
        {
            using var alice = Peer.New(Users, Orders.Replace("CASCADE", action, StringComparison.Ordinal));
            using var bob = alice.Join();
            alice.Run("INSERT INTO users VALUES(1, 'a', NULL)", "INSERT INTO orders VALUES(10, 1)");
            alice.SendTo(bob);
            alice.Run("DELETE FROM orders", "DELETE FROM users WHERE id = 1");
            bob.Run("INSERT INTO orders VALUES(11, 1)");
            Exchange(alice, bob);

            Assert.Equal(0, bob.One<long>("SELECT count(*) FROM orders"));
            Assert.Equal(("FOREIGN KEY orders(user) -> users(id)", """[{"collection":"users","key":1,"state":"missing"}]"""),
                bob.Connection.QuerySingle<(string, string)>("SELECT constraint_name, rivals FROM threads_conflicts WHERE row_key = 11"));

            bob.Run("INSERT INTO users VALUES(1, 'back', NULL)");
            Exchange(alice, bob);
            Assert.Equal(11, alice.One<long>("SELECT id FROM orders"));
        }
    }

    [Fact]
    public void A_cascade_deletes_what_its_writer_saw_and_nothing_else()
    {
        using var alice = Peer.New(Users, Orders);
        using var bob = alice.Join();
        alice.Run("INSERT INTO users VALUES(1, 'a', NULL)", "INSERT INTO orders VALUES(10, 1)");
        alice.SendTo(bob);
        alice.Run("DELETE FROM users WHERE id = 1");
        bob.Run("INSERT INTO orders VALUES(11, 1)");
        Exchange(alice, bob);
        bob.Run("INSERT INTO users VALUES(1, 'back', NULL)");
        Assert.Equal("11", bob.One<string>("SELECT group_concat(id) FROM orders"));
    }

    [Fact]
    public void SET_NULL_shows_NULL_until_the_parent_is_there()
    {
        using var alice = Peer.New(Users, "CREATE TABLE notes(id INTEGER PRIMARY KEY, user INTEGER REFERENCES users(id) ON DELETE SET NULL, text TEXT)");
        using var bob = alice.Join();
        alice.Run("INSERT INTO users VALUES(1, 'a', NULL)");
        alice.SendTo(bob);
        alice.Run("DELETE FROM users WHERE id = 1");
        bob.Run("INSERT INTO notes VALUES(5, 1, 'x')");
        Exchange(alice, bob);
        Assert.Equal("5||x", alice.One<string>("SELECT id || '|' || coalesce(user, '') || '|' || text FROM notes"));
        Assert.Empty(Conflicts(alice));
        alice.Run("UPDATE notes SET text = 'y' WHERE id = 5");

        bob.Run("INSERT INTO users VALUES(1, 'back', NULL)");
        Exchange(alice, bob);

        Assert.Equal("5|1|y", alice.One<string>("SELECT id || '|' || user || '|' || text FROM notes"));
        Rebuilt(alice);
        bob.Run("DELETE FROM users WHERE id = 1");
        Exchange(alice, bob);
        Assert.Equal(1, alice.One<long>("SELECT user IS NULL FROM notes"));
    }

    [Fact]
    public void SET_NULL_on_a_column_that_may_not_be_NULL_holds_the_row_back()
    {
        using var alice = Peer.New(Users, "CREATE TABLE notes(id INTEGER PRIMARY KEY, user INTEGER REFERENCES users(id) ON DELETE SET NULL, n INTEGER, UNIQUE(user, n))");
        using var bob = alice.Join();
        alice.Run("INSERT INTO users VALUES(1, 'a', NULL)");
        alice.SendTo(bob);
        alice.Run("DELETE FROM users WHERE id = 1");
        bob.Run("INSERT INTO notes VALUES(5, 1, 1)");
        Exchange(alice, bob);
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM notes"));
        Assert.Single(Conflicts(alice));
    }

    [Fact]
    public void Rows_that_refer_to_each_other_stand_together()
    {
        string[] schema =
        [
            "CREATE TABLE a(id INTEGER PRIMARY KEY, b INTEGER REFERENCES b(id) DEFERRABLE INITIALLY DEFERRED)",
            "CREATE TABLE b(id INTEGER PRIMARY KEY, a INTEGER REFERENCES a(id) DEFERRABLE INITIALLY DEFERRED)",
        ];
        using var alice = Peer.New(schema);
        using var bob = alice.Join();
        alice.Run("BEGIN; INSERT INTO a VALUES(1, 1); INSERT INTO b VALUES(1, 1); COMMIT", "BEGIN; INSERT INTO a VALUES(2, 2); INSERT INTO b VALUES(2, 2); COMMIT");
        alice.SendTo(bob);
        Assert.Equal(2, bob.One<long>("SELECT count(*) FROM a JOIN b USING(id)"));
        Assert.Empty(Conflicts(bob));
    }

    [Fact]
    public void A_row_that_hides_takes_its_children_along_and_brings_them_back()
    {
        using var alice = Peer.New(Users, Orders, "CREATE TABLE lines(id INTEGER PRIMARY KEY, o INTEGER REFERENCES orders(id))");
        using var bob = alice.Join();
        alice.Run("INSERT INTO users VALUES(1, 'same', NULL)");
        bob.Run("INSERT INTO users VALUES(2, 'same', NULL)", "INSERT INTO orders VALUES(20, 2)", "INSERT INTO lines VALUES(30, 20)");
        Exchange(alice, bob);
        Assert.Equal(3, bob.One<long>("SELECT count(*) FROM threads_conflicts"));
        Assert.Equal(0, bob.One<long>("SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM lines)"));
        Assert.Equal("""[{"collection":"orders","key":20,"state":"held"},{"collection":"users","key":2,"state":"held"},{"collection":"users","key":1,"state":"shown"}]""",
            bob.One<string>("SELECT rivals FROM threads_conflicts WHERE collection = 'lines'"));
        bob.Run("UPDATE users SET mail = 'first' WHERE id = 1");
        Exchange(alice, bob);
        Assert.Equal("2 20 30", alice.One<string>("SELECT u.id || ' ' || o.id || ' ' || l.id FROM users u JOIN orders o ON o.user = u.id JOIN lines l ON l.o = o.id"));
    }

    [Fact]
    public void Checks_and_NOT_NULL_hold_back_what_an_app_without_them_wrote()
    {
        using var alice = Peer.New("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT NOT NULL, n INTEGER CHECK(t.n < 10))");
        using var bob = alice.Join(["CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, n INTEGER)"]);
        bob.Run("INSERT INTO t VALUES(1, NULL, 1), (2, 'b', 99), (3, 'c', 3)");
        bob.SendTo(alice);
        Assert.Equal("3", alice.One<string>("SELECT group_concat(id) FROM t"));
        Assert.Equal([(1L, "NOT NULL", "NOT NULL constraint failed: t.a"), (2L, "CHECK", alice.One<string>("SELECT reason FROM threads_conflicts WHERE row_key = 2"))],
            alice.Connection.Query<(long, string, string)>("SELECT row_key, constraint_name, reason FROM threads_conflicts ORDER BY row_key"));
        bob.Run("UPDATE t SET a = 'a', n = 2");
        bob.SendTo(alice);
        Assert.Equal("1,2,3", alice.One<string>("SELECT group_concat(id) FROM t"));
    }

    [Fact]
    public void Keys_that_differ_in_case_alone_are_rivals_under_NOCASE()
    {
        using var alice = Peer.New("CREATE TABLE t(k TEXT PRIMARY KEY COLLATE NOCASE, v)");
        using var bob = alice.Join();
        alice.Run("INSERT INTO t VALUES('Key', 1)");
        bob.Run("INSERT INTO t VALUES('key', 2)");
        Exchange(alice, bob);
        Assert.Equal("Key", bob.One<string>("SELECT k FROM t"));
        Assert.Equal(("key", "PRIMARY KEY t(k)"), bob.Connection.QuerySingle<(string, string)>("SELECT row_key, constraint_name FROM threads_conflicts"));
        alice.Run("DELETE FROM t WHERE k = 'KEY'");
        Exchange(alice, bob);
        Assert.Equal("key", bob.One<string>("SELECT k FROM t"));
    }

    [Theory]
    [InlineData("REAL", "1", "1.0")]
    [InlineData("TEXT", "1", "'1'")]
    [InlineData("", "1", "1.0")]
    [InlineData("", "-0.0", "0")]
    [InlineData("NUMERIC", "'1e2'", "100")]
    [InlineData("TEXT COLLATE NOCASE", "'A'", "'a'")]
    [InlineData("TEXT COLLATE RTRIM", "'a'", "'a  '")]
    public void Values_that_SQLite_holds_equal_are_one_unique_value(string type, string first, string second)
    {
        using var alice = Peer.New($"CREATE TABLE t(id INTEGER PRIMARY KEY, v {type} UNIQUE)");
        using var bob = alice.Join();
        alice.Run($"INSERT INTO t VALUES(1, {first})");
        bob.Run($"INSERT INTO t VALUES(2, {second})");
        Exchange(alice, bob);
        Assert.Equal("1", bob.One<string>("SELECT group_concat(id) FROM t"));
        Assert.Single(Conflicts(bob));
        alice.Run("DELETE FROM t WHERE id = 1");
        Assert.Equal("2", alice.One<string>("SELECT group_concat(id) FROM t"));
    }

    [Theory]
    [InlineData("", "1", "'1'")]
    [InlineData("", "'a'", "x'61'")]
    [InlineData("BLOB", "x'00'", "x'0000'")]
    [InlineData("TEXT", "'A'", "'a'")]
    public void Values_that_only_look_alike_are_two(string type, string first, string second)
    {
        using var alice = Peer.New($"CREATE TABLE t(id INTEGER PRIMARY KEY, v {type} UNIQUE)");
        using var bob = alice.Join();
        alice.Run($"INSERT INTO t VALUES(1, {first})");
        bob.Run($"INSERT INTO t VALUES(2, {second})");
        Exchange(alice, bob);
        Assert.Equal("1,2", bob.One<string>("SELECT group_concat(id) FROM t"));
        Assert.Empty(Conflicts(bob));
    }

    [Fact]
    public void Rows_outside_a_partial_index_claim_nothing()
    {
        using var alice = Peer.New("CREATE TABLE t(id INTEGER PRIMARY KEY, k TEXT, active INTEGER)", "CREATE UNIQUE INDEX one ON t(lower(k)) WHERE active = 1");
        using var bob = alice.Join();
        alice.Run("INSERT INTO t VALUES(1, 'A', 1), (3, 'b', 0)");
        bob.Run("INSERT INTO t VALUES(2, 'a', 1), (4, 'B', 0)");
        Exchange(alice, bob);
        Assert.Equal("1,3,4", bob.One<string>("SELECT group_concat(id) FROM (SELECT id FROM t ORDER BY id)"));
        bob.Run("UPDATE t SET active = 0 WHERE id = 1");
        Assert.Equal("1,2,3,4", bob.One<string>("SELECT group_concat(id) FROM (SELECT id FROM t ORDER BY id)"));
    }

    [Fact]
    public void A_duplicate_key_inserted_here_throws_here()
    {
        using var alice = Peer.New(Users, Orders);
        alice.Run("INSERT INTO users VALUES(1, 'a', NULL)");
        Assert.Equal(19, Assert.Throws<ThreadsException>(() => alice.Run("INSERT INTO users VALUES(2, 'a', NULL)")).SqliteErrorCode);
        Assert.Equal(19, Assert.Throws<ThreadsException>(() => alice.Run("INSERT INTO orders VALUES(1, 77)")).SqliteErrorCode);
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM threads_conflicts"));
    }

    [Fact]
    public void With_foreign_keys_off_a_commit_without_the_parent_is_refused_by_name()
    {
        using var alice = Peer.New(Users, Orders, "PRAGMA foreign_keys = 0");
        var e = Assert.Throws<ThreadsException>(() => alice.Run("INSERT INTO orders VALUES(1, 77)"));
        Assert.Equal(ThreadsErrorCode.ForeignKeyMissing, e.ThreadsErrorCode);
        Assert.Contains("orders", e.Message, StringComparison.Ordinal);
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM orders"));
        alice.Run("BEGIN; INSERT INTO orders VALUES(1, 77); INSERT INTO users VALUES(77, 'late', NULL); COMMIT");
        Assert.Equal(1, alice.One<long>("SELECT count(*) FROM orders"));
    }

    [Fact]
    public void Constraints_are_a_function_of_the_schema_held_back_rows_come_and_go_with_it()
    {
        using var alice = Peer.New("CREATE TABLE t(id INTEGER PRIMARY KEY, k TEXT)", "CREATE UNIQUE INDEX tk ON t(k)");
        using var bob = alice.Join();
        alice.Run("INSERT INTO t VALUES(1, 'same')");
        bob.Run("INSERT INTO t VALUES(2, 'same')");
        Exchange(alice, bob);
        Assert.Single(Conflicts(alice));

        alice.Run("DROP INDEX tk");

        Assert.Equal(2, alice.One<long>("SELECT count(*) FROM t"));
        Assert.Empty(Conflicts(alice));
        Assert.Equal(19, Assert.Throws<ThreadsException>(() => alice.Run("CREATE UNIQUE INDEX tk ON t(k)")).SqliteErrorCode);
        alice.Run("UPDATE t SET k = 'two' WHERE id = 2", "CREATE UNIQUE INDEX tk ON t(k)");
        Exchange(alice, bob);
    }

    [Fact]
    public void A_parent_table_that_comes_later_is_asked_for_its_rows()
    {
        using var alice = Peer.New(Users, Orders);
        using var bob = alice.Join([Orders]);
        alice.Run("INSERT INTO users VALUES(1, 'a', NULL)", "INSERT INTO orders VALUES(10, 1)");
        alice.SendTo(bob);
        Assert.Equal(1, bob.One<long>("SELECT count(*) FROM orders"));
        bob.Run(Users);
        Assert.Equal(1, bob.One<long>("SELECT count(*) FROM orders"));
        Assert.Equal(alice.Digest, bob.Digest);
    }

    [Fact]
    public void A_reference_whose_columns_nobody_indexed_gets_an_index_of_ours_as_long_as_it_needs_one()
    {
        using var alice = Peer.New(Users, Orders);
        Assert.Equal(1, alice.One<long>("SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'orders' AND name GLOB '_threads_f*'"));
        alice.Run("CREATE INDEX mine ON orders(user)");
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'orders' AND name GLOB '_threads_f*'"));
        alice.Run("DROP INDEX mine");
        Assert.Equal(1, alice.One<long>("SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'orders' AND name GLOB '_threads_f*'"));
        Assert.Throws<ThreadsException>(() => alice.Run("DELETE FROM threads_conflicts"));
        Assert.Equal(ThreadsErrorCode.InternalTable, Assert.Throws<ThreadsException>(() => alice.Run("DROP VIEW threads_conflicts")).ThreadsErrorCode);
    }

    private static string Shown(Peer peer, string columns) => peer.One<string>($"SELECT coalesce(group_concat(x), '') FROM (SELECT {columns} AS x FROM users ORDER BY id)");

    private static string[] Conflicts(Peer peer)
        => [.. peer.Connection.Query<(string, object, string, string, string, long)>("SELECT collection, row_key, constraint_name, reason, rivals, since FROM threads_conflicts ORDER BY 1, 2").Select(c => c.ToString())];

    private static void Exchange(Peer alice, Peer bob)
    {
        bob.SendTo(alice);
        alice.SendTo(bob);
        Assert.Equal(alice.Digest, bob.Digest);
        Assert.Equal(Conflicts(alice), Conflicts(bob));
    }

    private static void Rebuilt(Peer peer)
    {
        var (digest, conflicts) = (peer.Digest, Conflicts(peer));
        peer.Connection.Thread.RebuildViews();
        Assert.Equal(digest, peer.Digest);
        Assert.Equal(conflicts, Conflicts(peer));
    }
}
