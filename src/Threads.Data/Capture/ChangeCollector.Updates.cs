using Threads.Data.Events;
using Threads.Data.Ipld;

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
        var rest = notes.Rows;
        while (!rest.IsEmpty)
        {
            var row = new CborReader(rest);
            WriteUpdate(ref row);
            rest = rest[row.Position..];
        }

        _same.Flush();
    }

    private void WriteUpdate(ref CborReader row)
    {
        var changes = (row.ReadArray() - _table.KeyCount) / 3;
        var keys = row;
        for (var i = 0; i < _table.KeyCount; i++)
        {
            row.Skip();
        }

        _values.Reset();
        for (var i = 0; i < changes; i++)
        {
            _changed[i] = row.ReadInt32();
            row.Skip();
            _values.WriteRaw(row.SkipRaw());
        }

        var changed = _changed.AsSpan(0, changes);
        var shape = Seeded(_table.SaveShape(changed));
        if (_values.Length <= MaxSharedBytes)
        {
            var same = _same.Find(shape, changed, _values.WrittenSpan);
            for (var i = 0; i < _table.KeyCount; i++)
            {
                same.AddKey(Key(ref keys, i));
            }

            same.EndKey();
            return;
        }

        _same.Flush();
        _payload.StartEvent(Number(shape), shape.Columns.Length);
        _key.Reset();
        for (var i = 0; i < _table.KeyCount; i++)
        {
            var value = Key(ref keys, i);
            value.Write(_payload.Values);
            value.Write(_key);
        }

        _payload.Values.WriteRaw(_values.WrittenSpan, changes);
        _sink.OnChange(_table, shape.Kind, Key(_key.WrittenSpan, _table.KeyCount), _payload.Count - 1, changed);
    }

    private SqlValue Key(scoped ref CborReader keys, int place)
    {
        var value = SqlValue.Read(ref keys);
        return value.IsNull ? throw ThreadsErrors.NullKey(_table.Name, _table.Columns[place].Name) : value;
    }
}
