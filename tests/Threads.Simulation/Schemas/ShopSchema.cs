using Threads.Simulation.Model;

namespace Threads.Simulation.Schemas;

/// <summary>Every kind of constraint: unique columns, composite, filtered and expression indexes, NOT NULL, CHECK, references of each ON DELETE rule, to themselves, in a cycle, to a unique column.</summary>
internal sealed class ShopSchema : Schema
{
    public override string Name => "shop";

    public override IReadOnlyList<string[]> Versions { get; } =
    [
        [
            """
            CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT COLLATE NOCASE UNIQUE, age INTEGER CHECK(age IS NULL OR age >= 0),
                boss INTEGER REFERENCES person(id) ON DELETE SET NULL, home TEXT REFERENCES team(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED)
            """,
            "CREATE TABLE team(id TEXT PRIMARY KEY, code TEXT NOT NULL, lead INTEGER REFERENCES person(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED)",
            "CREATE UNIQUE INDEX team_code ON team(lower(code))",
            """
            CREATE TABLE member(team TEXT REFERENCES team(id) ON DELETE CASCADE ON UPDATE CASCADE, person INTEGER REFERENCES person(id) ON DELETE RESTRICT, role TEXT,
                PRIMARY KEY(team, person)) WITHOUT ROWID
            """,
            """
            CREATE TABLE bill(id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES person(id), number INTEGER, state TEXT NOT NULL DEFAULT 'open' CHECK(state IN ('open', 'done')),
                total NUMERIC, UNIQUE(person, number))
            """,
            "CREATE UNIQUE INDEX bill_open ON bill(person) WHERE state = 'open'",
            "CREATE TABLE note(id TEXT PRIMARY KEY, author TEXT REFERENCES person(email) ON UPDATE CASCADE ON DELETE CASCADE, words TEXT)",
        ],
        ["ALTER TABLE person ADD COLUMN nick TEXT"],
        ["CREATE UNIQUE INDEX person_nick ON person(nick)"],
        ["DROP INDEX bill_open", "ALTER TABLE note RENAME COLUMN words TO body"],
    ];

    public override IReadOnlyList<TableModel> Tables(int version)
    {
        var person = new List<ColumnModel>
        {
            new("id", Affinity.Integer), new("name", Affinity.Text) { NotNull = true }, new("email", Affinity.Text) { Collation = Collation.NoCase }, new("age", Affinity.Integer), new("boss", Affinity.Integer),
            new("home", Affinity.Text),
        };
        var uniquePerson = new List<UniqueModel> { new(UniqueModel.Column("email", Collation.NoCase)) { Name = "column" } };
        if (version >= 1)
        {
            person.Add(new("nick", Affinity.Text));
        }

        if (version >= 2)
        {
            uniquePerson.Add(new UniqueModel(UniqueModel.Column("nick")) { Name = "index of a migration" });
        }

        var uniqueBill = new List<UniqueModel> { new(UniqueModel.Column("person"), UniqueModel.Column("number")) { Name = "two columns" } };
        if (version < 3)
        {
            uniqueBill.Add(new UniqueModel(UniqueModel.Column("person")) { Name = "filtered", Where = row => row["state"].Equals(Value.Of("open")) });
        }

        return TableModel.Link(
            new TableModel("person", [.. person])
            {
                Uniques = uniquePerson,
                Checks = [row => row["age"].IsNull || !row["age"].IsNumber || row["age"].Number >= 0],
                References = [new(["boss"], "person", ["id"]) { ShowsNull = true }, new(["home"], "team", ["id"])],
            },
            new TableModel("team", new("id", Affinity.Text), new("code", Affinity.Text) { NotNull = true }, new("lead", Affinity.Integer))
            {
                Uniques = [new(row => row["code"].Sameness(Collation.NoCase)) { Name = "expression" }],
                References = [new(["lead"], "person", ["id"])],
            },
            new TableModel("member", new("team", Affinity.Text), new("person", Affinity.Integer), new("role", Affinity.Text))
            {
                KeyCount = 2,
                References = [new(["team"], "team", ["id"]), new(["person"], "person", ["id"])],
            },
            new TableModel("bill", new("id", Affinity.Integer), new("person", Affinity.Integer) { NotNull = true }, new("number", Affinity.Integer),
                new("state", Affinity.Text) { NotNull = true, Default = Value.Of("open") }, new("total", Affinity.Numeric))
            {
                Uniques = uniqueBill,
                Checks = [row => row["state"].Equals(Value.Of("open")) || row["state"].Equals(Value.Of("done"))],
                References = [new(["person"], "person", ["id"])],
            },
            new TableModel("note", new("id", Affinity.Text), new("author", Affinity.Text), new(version < 3 ? "words" : "body", Affinity.Text) { Canonical = "words" })
            {
                References = [new(["author"], "person", ["email"])],
            });
    }

    public override string Statement(Chance chance, int version)
    {
        var id = chance.Between(1, 7);
        var other = chance.Between(1, 7);
        var letter = (char)('a' + chance.Below(5));
        var mail = chance.OneIn(5) ? "NULL" : $"'{(char)((chance.OneIn(3) ? 'A' : 'a') + chance.Below(5))}'";
        var boss = chance.OneIn(2) ? "NULL" : FormattableString.Invariant($"{chance.Between(1, 7)}");
        var home = chance.OneIn(3) ? $"'{(char)('a' + chance.Below(5))}'" : "NULL";
        var or = chance.Pick(["", "", " OR REPLACE", " OR IGNORE", " OR REPLACE"]);
        // SQLite (3.35 to 3.40 tried) damages its own index when UPDATE OR REPLACE deletes a row to which the updated one refers by ON DELETE SET NULL: docs/simulation.md.
        var orIgnore = chance.OneIn(3) ? " OR IGNORE" : "";
        var words = version < 3 ? "words" : "body";
        return FormattableString.Invariant(chance.Below(version < 1 ? 26 : 28) switch
        {
            0 or 1 or 2 or 3 => $"INSERT{or} INTO person(id, name, email, age, boss, home) VALUES({id}, '{letter}', {mail}, {chance.Between(0, 50)}, {boss}, {home})",
            4 => $"UPDATE{orIgnore} person SET email = {mail} WHERE id = {id}",
            5 => $"UPDATE person SET boss = {boss} WHERE id = {id}",
            6 => $"UPDATE person SET home = {home}, age = {chance.Between(-1, 9)} WHERE id = {id}",
            7 => $"DELETE FROM person WHERE id = {id}",
            8 or 9 => $"INSERT{or} INTO team VALUES('{letter}', '{(char)((chance.OneIn(2) ? 'A' : 'a') + chance.Below(5))}', {(chance.OneIn(2) ? "NULL" : boss)})",
            10 => $"UPDATE{or} team SET code = '{(char)('a' + chance.Below(5))}' WHERE id = '{letter}'",
            11 => $"UPDATE team SET lead = {boss} WHERE id = '{letter}'",
            12 => $"DELETE FROM team WHERE id = '{letter}'",
            13 or 14 => $"INSERT{or} INTO member VALUES('{letter}', {id}, 'r{other}')",
            15 => $"DELETE FROM member WHERE person = {id}",
            16 or 17 => $"INSERT{or} INTO bill(id, person, number, state, total) VALUES({other}, {id}, {chance.Between(1, 3)}, '{chance.Pick(["open", "done", "done", "lost"])}', {other})",
            18 => $"UPDATE{or} bill SET state = '{chance.Pick(["open", "done"])}', total = total + 1 WHERE id = {other}",
            19 => $"UPDATE{or} bill SET person = {id}, number = {chance.Between(1, 3)} WHERE id = {other}",
            20 => $"DELETE FROM bill WHERE person = {id}",
            21 or 22 => $"INSERT{or} INTO note(id, author, {words}) VALUES('{letter}', {mail}, 'w{id}')",
            23 => $"UPDATE{orIgnore} person SET id = {other} WHERE id = {id}",
            24 or 25 => $"INSERT{or} INTO bill(id, person, number) VALUES({other}, {id}, {chance.Between(1, 3)})",
            _ => $"UPDATE{orIgnore} person SET nick = '{letter}' WHERE id = {id}",
        });
    }
}
