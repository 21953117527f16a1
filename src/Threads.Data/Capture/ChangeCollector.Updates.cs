namespace Threads.Data.Capture;

/// <summary>Events of the notes that stand in no TEMP table.</summary>
internal sealed partial class ChangeCollector
{
    /// <summary>Whether notes of a transaction's only UPDATE of a table say enough: nothing judges its rows as a whole.</summary>
    public bool Takes(TableSchema table, UpdateNotes notes) => notes.IsWhole && _schemas.For(table).Length == 0;

    /// <summary>Writes the events of such an UPDATE and tells the sink.</summary>
    public void CollectUpdate(TableSchema table, UpdateNotes notes, IChangeSink sink)
    {
        (_table, _sink) = (table, sink);
        _same.Clear();
        _merge.Corrections.Clear();
        Reserve(_table.Others.Length);
        if (notes.NullKey is { } place)
        {
            throw ThreadsErrors.NullKey(_table.Name, _table.Columns[place].Name);
        }

        for (var run = 0; run < notes.Runs.Count; run++)
        {
            WriteUpdate(notes.Runs[run], notes.Keys(run), notes.Values(run));
        }

        _same.Flush();
    }

    private void WriteUpdate(UpdateRun run, ReadOnlySpan<byte> keys, ReadOnlySpan<byte> values)
    {
        var shape = Seeded(_table.SaveShape(run.Places));
        if (values.Length <= MaxSharedBytes)
        {
            _same.Find(shape, run.Places, values).AddKeys(keys, run.Rows);
            return;
        }

        _same.Flush();
        _payload.StartEvent(Number(shape), shape.Columns.Length);
        _payload.Values.WriteRaw(keys, _table.KeyCount);
        _payload.Values.WriteRaw(values, run.Places.Length);
        _sink.OnChange(_table, shape.Kind, Key(keys, _table.KeyCount), _payload.Count - 1, run.Places);
    }
}
