using Threads.Data.Events;

namespace Threads.Simulation.Model;

/// <summary>
/// Decision 6, slowly: all events of an entity in the order of all, one after the other. A row is there if its newest create is newer than its newest delete; a cell holds what was written last
/// since that delete.
/// </summary>
internal static class Merge
{
    /// <summary>The rows of all tables as if there were no constraints.</summary>
    public static List<Row> Candidates(IReadOnlyList<TableModel> tables, IEnumerable<DecodedRecord> records, Coverage coverage)
    {
        var rows = new List<Row>();
        var entities = records.SelectMany(r => r.Events).GroupBy(e => (e.Collection, Key: string.Join(' ', e.Key.Select(k => k.ToString()))));
        foreach (var entity in entities)
        {
            var table = tables.FirstOrDefault(t => t.Canonical == entity.Key.Collection);
            if (table is null)
            {
                continue;
            }

            // Events whose key is another one than the table's can't be shown in it.
            var events = entity.Where(e => e.KeyColumns.SequenceEqual(table.Columns.Take(table.KeyCount).Select(c => c.Canonical))).OrderBy(e => e.Clock).ToList();
            if (Row(table, entity.Key.Key, events, coverage) is { } row)
            {
                rows.Add(row);
            }
        }

        return rows;
    }

    private static Row? Row(TableModel table, string key, List<DecodedEvent> events, Coverage coverage)
    {
        var deleted = events.FindLastIndex(e => e.Kind == EventKind.Delete);
        var since = events.Skip(deleted + 1).ToList();
        var born = since.Find(e => e.Kind == EventKind.Create);
        if (born is null)
        {
            return null;
        }

        var values = table.Columns.ToDictionary(c => c.Name, c => c.Default, StringComparer.Ordinal);
        for (var i = 0; i < table.KeyCount; i++)
        {
            values[table.Columns[i].Name] = born.Key[i].In(table.Columns[i].Affinity);
        }

        var cells = table.Columns.Skip(table.KeyCount).ToDictionary(c => c.Canonical, c => new CellModel(c, born.Clock), StringComparer.Ordinal);
        foreach (var (from, said) in since.SelectMany(e => e.Cells.Select(c => (e, c))))
        {
            if (cells.TryGetValue(said.Column, out var cell))
            {
                cell.Take(from, said);
                coverage.Hit("operation: " + said.Operation, said.Operation is null ? 0 : 1);
            }
        }

        foreach (var column in table.Columns.Skip(table.KeyCount))
        {
            if (cells[column.Canonical] is { IsUntouched: false } cell)
            {
                values[column.Name] = cell.Show();
            }
        }

        // A row that gave way is as young as that.
        var released = since.FindLast(e => (int)e.Kind == 5 && e.Clock.CompareTo(born.Clock) > 0);
        coverage.Hit("a held-back row gave way", released is null ? 0 : 1);
        return new Row(table, key, values, (released ?? born).Clock);
    }
}
