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
        var candidates = Merge.Candidates(tables, _decoder.Folded(peer));
        var view = Constraints.View(candidates);
        foreach (var table in tables)
        {
            var expected = view.Where(r => r.Table == table).Select(r => Text(table, r)).Order(StringComparer.Ordinal).ToArray();
            var actual = Rows(peer, table);
            if (!expected.SequenceEqual(actual))
            {
                Must("reference model", false, $"peer {peer.Number}, table {table.Name}\n  only in the model: {string.Join("; ", expected.Except(actual))}\n  only in the table: {string.Join("; ", actual.Except(expected))}");
            }
        }

        Coverage.Hit("compared with the model");
        return FormattableString.Invariant($"{view.Count} rows, {candidates.Count - view.Count} held back");
    }

    private static string Text(TableModel table, Row row) => string.Join(", ", table.Columns.Select((c, i) => i < table.KeyCount ? row[c.Name].AsKey() : row[c.Name]));

    /// <summary>The rows of a peer's table, each value with its storage class and bits.</summary>
    private static string[] Rows(SimPeer peer, TableModel table)
    {
        var database = peer.Connection.OpenSession().Database;
        using var rows = database.Prepare($"SELECT {string.Join(", ", table.Columns.Select(c => $"\"{c.Name}\""))} FROM \"{table.Name}\"");
        var found = new List<string>();
        while (rows.Step())
        {
            var values = new Value[table.Columns.Length];
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
