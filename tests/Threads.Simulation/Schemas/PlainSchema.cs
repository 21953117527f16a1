using Threads.Simulation.Model;

namespace Threads.Simulation.Schemas;

/// <summary>Tables without constraints, with values of every kind that SQLite tells apart: only the merge is at work.</summary>
internal sealed class PlainSchema : Schema
{
    public override string Name => "plain";

    public override IReadOnlyList<string[]> Versions { get; } =
    [
        [
            "CREATE TABLE n(id INTEGER PRIMARY KEY, a, b REAL, c TEXT DEFAULT 'd')",
            "CREATE TABLE w(k TEXT, l, v NUMERIC, PRIMARY KEY(k, l)) WITHOUT ROWID",
        ],
        ["ALTER TABLE n ADD COLUMN e DEFAULT 5"],
        ["ALTER TABLE n RENAME COLUMN c TO cc", "ALTER TABLE w RENAME TO ww"],
        ["CREATE TABLE x(id TEXT PRIMARY KEY, e)", "ALTER TABLE ww ADD COLUMN unheard_of INTEGER"],
    ];

    public override IReadOnlyList<TableModel> Tables(int version)
    {
        var n = new List<ColumnModel> { new("id", Affinity.Integer), new("a"), new("b", Affinity.Real), new(version < 2 ? "c" : "cc", Affinity.Text) { Canonical = "c", Default = Value.Of("d") } };
        var w = new List<ColumnModel> { new("k", Affinity.Text), new("l"), new("v", Affinity.Numeric) };
        if (version >= 1)
        {
            n.Add(new("e") { Default = Value.Of(5) });
        }

        if (version >= 3)
        {
            w.Add(new("unheard_of", Affinity.Integer));
        }

        var tables = new List<TableModel> { new("n", [.. n]), new(version < 2 ? "w" : "ww", [.. w]) { Canonical = "w", KeyCount = 2 } };
        if (version >= 3)
        {
            tables.Add(new TableModel("x", new("id", Affinity.Text), new("e")));
        }

        return TableModel.Link([.. tables]);
    }

    public override string Statement(Chance chance, int version)
    {
        var id = chance.Between(1, 9);
        var value = Values.Any(chance);
        var letter = $"'{(char)((chance.OneIn(2) ? 'a' : 'A') + chance.Below(3))}'";
        var (c, w) = version < 2 ? ("c", "w") : ("cc", "ww");
        return FormattableString.Invariant(chance.Below(version < 1 ? 14 : version < 3 ? 16 : 18) switch
        {
            0 or 1 => $"INSERT OR REPLACE INTO n(id, a, b) VALUES({id}, {value}, {Values.Any(chance)})",
            2 => $"INSERT OR IGNORE INTO n(id, a) VALUES({id}, {value}), ({chance.Between(1, 9)}, {value})",
            3 or 4 => $"UPDATE n SET {chance.Pick(["a", "b", c])} = {value} WHERE id = {id}",
            5 => $"UPDATE n SET b = {value} WHERE id < {id}",
            6 => $"UPDATE OR REPLACE n SET id = {chance.Between(1, 9)}, a = {value} WHERE id = {id}",
            7 => $"DELETE FROM n WHERE id = {id}",
            8 or 9 => $"INSERT OR REPLACE INTO {w}(k, l, v) VALUES({letter}, {Values.Key(chance)}, {value})",
            10 => $"UPDATE OR IGNORE {w} SET l = {Values.Key(chance)}, v = {value} WHERE k = {letter}",
            11 => $"DELETE FROM {w} WHERE k = {letter}",
            12 => $"UPDATE {w} SET v = {value}",
            14 or 15 => $"UPDATE n SET e = {value} WHERE id = {id}",
            16 => $"INSERT OR REPLACE INTO x VALUES({letter}, {value})",
            17 => $"UPDATE ww SET unheard_of = {id}",
            _ => $"INSERT INTO n(id, a, {c}) VALUES({id}, {value}, {value}) ON CONFLICT(id) DO UPDATE SET a = excluded.a",
        });
    }
}
