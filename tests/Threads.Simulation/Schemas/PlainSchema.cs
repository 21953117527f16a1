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
    ];

    public override string Statement(Chance chance, int version)
    {
        var id = chance.Between(1, 9);
        var value = Values.Any(chance);
        var letter = $"'{(char)((chance.OneIn(2) ? 'a' : 'A') + chance.Below(3))}'";
        return FormattableString.Invariant(chance.Below(14) switch
        {
            0 or 1 => $"INSERT OR REPLACE INTO n(id, a, b) VALUES({id}, {value}, {Values.Any(chance)})",
            2 => $"INSERT OR IGNORE INTO n(id, a) VALUES({id}, {value}), ({chance.Between(1, 9)}, {value})",
            3 or 4 => $"UPDATE n SET {chance.Pick(["a", "b", "c"])} = {value} WHERE id = {id}",
            5 => $"UPDATE n SET b = {value} WHERE id < {id}",
            6 => $"UPDATE OR REPLACE n SET id = {chance.Between(1, 9)}, a = {value} WHERE id = {id}",
            7 => $"DELETE FROM n WHERE id = {id}",
            8 or 9 => $"INSERT OR REPLACE INTO w VALUES({letter}, {Values.Key(chance)}, {value})",
            10 => $"UPDATE OR IGNORE w SET l = {Values.Key(chance)}, v = {value} WHERE k = {letter}",
            11 => $"DELETE FROM w WHERE k = {letter}",
            12 => $"UPDATE w SET v = {value}",
            _ => $"INSERT INTO n(id, a, c) VALUES({id}, {value}, {value}) ON CONFLICT(id) DO UPDATE SET a = excluded.a",
        });
    }
}
