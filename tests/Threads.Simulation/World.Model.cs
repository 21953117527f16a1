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
        // What has come due is in the tables from the next statement on.
        peer.Int64("SELECT 1");
        var expected = Expected(peer);
        Compare(peer, expected);
        return FormattableString.Invariant($"{expected.View.Count} rows, {expected.Held.Count} held back");
    }

    /// <summary>What the model says a peer's tables hold; of peers that have folded the same records and have the same schema it is the same.</summary>
    private ModelView Expected(SimPeer peer)
    {
        var tables = _schema.Tables(peer.SchemaVersion);
        var candidates = Merge.Candidates(tables, Folded(peer), Coverage);
        var view = Constraints.View(candidates, Coverage);
        return new ModelView(view, [.. candidates.Where(c => !view.Exists(v => v.Table == c.Table && v.Key == c.Key))],
            tables.ToDictionary(t => t, t => view.Where(r => r.Table == t).Select(r => Text(t, r)).Order(StringComparer.Ordinal).ToArray()));
    }

    private void Compare(SimPeer peer, ModelView expected)
    {
        CompareRefused(peer);
        foreach (var (table, rows) in expected.Rows)
        {
            var actual = Rows(peer, table);
            if (!rows.SequenceEqual(actual))
            {
                Must("reference model", false, $"peer {peer.Number}, table {table.Name}\n  only in the model: {string.Join("; ", rows.Except(actual))}\n  only in the table: {string.Join("; ", actual.Except(rows))}{Events(peer, table)}");
            }
        }

        // threads_conflicts has a row for each of these; what it says of them is compared between peers.
        var held = peer.Int64("SELECT count(*) FROM _threads_held");
        Must("reference model", held == expected.Held.Count, $"peer {peer.Number} holds back {held} rows; the model holds back {string.Join("; ", expected.Held)}");
        Coverage.Hit("compared with the model");
    }

    /// <summary>What happened to a table, where that is not much: after a shrunk trace.</summary>
    private string Events(SimPeer peer, TableModel table)
    {
        var events = Folded(peer).SelectMany(r => r.Events).Where(e => e.Collection == table.Canonical).OrderBy(e => e.Clock).ToArray();
        return events.Length > 40 ? "" : string.Concat(events.Select(e => $"\n  {e.Clock.Time} {e.Clock.Log[..6]} {e.Kind} {string.Join<Value>(' ', e.Key)}: "
            + string.Join(", ", e.Cells.Select(c => c.Operation is null ? $"{c.Column} = {c.Value}" : $"{c.Column} {c.Operation} {Convert.ToHexString(c.Arguments)}"))));
    }

    /// <summary>A view of a reducer's is what all events in order make, however late some of them came.</summary>
    private string CheckView(SimPeer peer)
    {
        var trail = peer.View.Read(peer.Connection.Thread);
        var expected = Trail.Of(Folded(peer));
        Must("view", trail == expected, $"peer {peer.Number} reads {trail}; the model has {expected}");
        Coverage.Hit(peer.View.Options.IsPersisted ? "a kept view read" : "a view read");
        return trail.ToString();
    }

    private sealed record ModelView(List<Row> View, List<Row> Held, Dictionary<TableModel, string[]> Rows);

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
        var rows = database[$"SELECT {string.Join(", ", columns.Select(c => $"\"{c.Name}\""))} FROM \"{table.Name}\""];
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
