using Threads.Data.Events;
using Threads.Simulation.Model;

namespace Threads.Simulation;

/// <content>The reference model against a peer's tables.</content>
internal sealed partial class World
{
    private readonly RecordDecoder _decoder = new();

    /// <summary>What the model makes of the records a peer has folded must be what its tables hold.</summary>
    private string Compare(SimPeer peer)
    {
        var tables = _schema.Tables(peer.SchemaVersion);
        var candidates = Merge.Candidates(tables, _decoder.Folded(peer), Coverage);
        var view = Constraints.View(candidates, Coverage);
        foreach (var table in tables)
        {
            var expected = view.Where(r => r.Table == table).Select(r => Text(table, r)).Order(StringComparer.Ordinal).ToArray();
            var actual = Rows(peer, table);
            if (!expected.SequenceEqual(actual))
            {
                Must("reference model", false, $"peer {peer.Number}, table {table.Name}\n  only in the model: {string.Join("; ", expected.Except(actual))}\n  only in the table: {string.Join("; ", actual.Except(expected))}");
            }
        }

        var held = peer.Int64("SELECT count(*) FROM threads_conflicts");
        Must("reference model", held == candidates.Count - view.Count, $"peer {peer.Number} lists {held} rows as held back; the model holds back {string.Join("; ", candidates.Where(c => !view.Exists(v => v.Table == c.Table && v.Key == c.Key)))}");
        Coverage.Hit("compared with the model");
        return FormattableString.Invariant($"{view.Count} rows, {candidates.Count - view.Count} held back");
    }

    /// <summary>Decision 3: what a transaction left in the tables is there after its commit, value for value; what a missing parent hid may be there again.</summary>
    private void CheckLocalResult(SimPeer peer, Dictionary<TableModel, string[]> before)
    {
        foreach (var (table, rows) in before)
        {
            var lost = rows.Except(Rows(peer, table, withoutSoft: true)).ToArray();
            Must("local result in the fold", lost.Length == 0, $"peer {peer.Number} lost by its commit, of table {table.Name}: {string.Join("; ", lost)}");
        }
    }

    private static string Text(TableModel table, Row row) => string.Join(", ", table.Columns.Select((c, i) => i < table.KeyCount ? row[c.Name].AsKey() : row[c.Name]));

    /// <summary>The rows of a peer's table, each value with its storage class and bits.</summary>
    private static string[] Rows(SimPeer peer, TableModel table, bool withoutSoft = false)
    {
        var columns = table.Columns.Where(c => !withoutSoft || !c.IsCorrected && !table.References.Any(r => r.ShowsNull && r.Columns.Contains(c.Name))).ToArray();
        var database = peer.Connection.OpenSession().Database;
        using var rows = database.Prepare($"SELECT {string.Join(", ", columns.Select(c => $"\"{c.Name}\""))} FROM \"{table.Name}\"");
        var found = new List<string>();
        while (rows.Step())
        {
            var values = new Value[columns.Length];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = Value.Of(SqlValue.Column(rows, i));
            }

            found.Add(string.Join(", ", values.Select((v, i) => i < table.KeyCount ? v.AsKey() : v)));
        }

        found.Sort(StringComparer.Ordinal);
        return [.. found];
    }
}
