using Threads.Simulation.Model;

namespace Threads.Simulation.Schemas;

/// <summary>Columns that merge otherwise than by the last writer: a counter, a largest value.</summary>
internal sealed class TallySchema : Schema
{
    /// <summary>Rows with keys up to this are only ever added to, so that every increment can be found again.</summary>
    public const int Kept = 3;

    public override string Name => "tally";

    public override IReadOnlyList<string[]> Versions { get; } =
    [
        [
            "CREATE TABLE tally(id INTEGER PRIMARY KEY, name TEXT, hits INTEGER NOT NULL DEFAULT 0, best INTEGER)",
            "SELECT threads_merge('tally', 'hits', 'counter')",
            "SELECT threads_merge('tally', 'best', 'max')",
        ],
        ["ALTER TABLE tally ADD COLUMN e DEFAULT 5"],
    ];

    public override IReadOnlyList<TableModel> Tables(int version)
    {
        var columns = new List<ColumnModel> { new("id", Affinity.Integer), new("name", Affinity.Text), new("hits", Affinity.Integer) { NotNull = true, Default = Value.Of(0) }, new("best", Affinity.Integer) { IsCorrected = true } };
        if (version >= 1)
        {
            columns.Add(new("e") { Default = Value.Of(5) });
        }

        return TableModel.Link(new TableModel("tally", [.. columns]));
    }

    public override string Statement(Chance chance, int version)
    {
        var id = chance.Between(1, 6);
        var free = chance.Between(Kept + 1, 6);
        return chance.Below(version < 1 ? 10 : 11) switch
        {
            0 => FormattableString.Invariant($"INSERT OR IGNORE INTO tally(id, name) VALUES({id}, 'a')"),
            1 or 2 or 3 => Increment(id, chance.Between(1, 9)),
            4 => FormattableString.Invariant($"UPDATE tally SET best = {chance.Between(0, 100)} WHERE id = {id}"),
            5 => FormattableString.Invariant($"UPDATE tally SET name = '{(char)('a' + chance.Below(9))}', hits = hits + 0 WHERE id = {id}"),
            6 => FormattableString.Invariant($"DELETE FROM tally WHERE id = {free}"),
            7 => FormattableString.Invariant($"INSERT OR REPLACE INTO tally(id, name, hits, best) VALUES({free}, 'r', {chance.Between(0, 5)}, {chance.Between(0, 9)})"),
            8 => FormattableString.Invariant($"UPDATE tally SET hits = {chance.Between(0, 50)} WHERE id = {free}"),
            9 => FormattableString.Invariant($"UPDATE tally SET id = {chance.Between(Kept + 1, 6)} WHERE id = {free}"),
            _ => FormattableString.Invariant($"UPDATE tally SET e = {id} WHERE id = {id}"),
        };
    }

    private static string Increment(long id, long by) => FormattableString.Invariant($"UPDATE tally SET hits = hits + {by} WHERE id = {id}");
}
