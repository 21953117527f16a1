using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>Takes in a grant of keys, whose values are next in the reader.</summary>
internal delegate void RangeTaker(ref CborReader values);

/// <summary>Folds the events of opened payloads. Bindings of shapes to tables are kept until the schema changes.</summary>
internal sealed class RecordFold(SqliteDatabase database, SchemaCatalog catalog, Aliases aliases, EntityFold fold, RangeTaker takeRange, IEventGate gate, JudgedFold judged)
{
    private readonly Dictionary<EventShape, ShapeBinding?> _bindings = new(ReferenceEqualityComparer.Instance);
    private readonly ShapeCache _shapes = new();
    private readonly ManyFold _many = new(fold);
    private bool _hasNewBindings;

    /// <summary>Only these collections are folded; null: all.</summary>
    public IReadOnlySet<string>? Only { get; set; }

    /// <summary>After a rollback: what a binding of this transaction wrote to the file, the columns it met, is not there.</summary>
    public void RolledBack()
    {
        if (_hasNewBindings)
        {
            Forget();
        }
    }

    /// <summary>The transaction is committed, and what its bindings wrote with it.</summary>
    public void Committed() => _hasNewBindings = false;

    public void Forget()
    {
        _hasNewBindings = false;
        foreach (var binding in _bindings.Values)
        {
            binding?.Dispose();
        }

        _bindings.Clear();
    }

    /// <summary>Reads where a payload belongs, without folding it.</summary>
    public PayloadHeader ReadHeader(ReadOnlySpan<byte> payload)
    {
        var reader = new CborReader(payload);
        return PayloadHeader.Read(ref reader, _shapes);
    }

    /// <summary>Folds every event of a payload, which is pinned. Returns how many events it holds.</summary>
    public int Fold(long record, ReadOnlySpan<byte> pinned)
    {
        var reader = new CborReader(pinned);
        var header = PayloadHeader.Read(ref reader, _shapes);
        var isJudging = gate.IsJudging;
        if (isJudging)
        {
            gate.Begin(record, header.Time);
        }

        for (var i = 0; i < header.EventCount; i++)
        {
            var values = reader.ReadArray() - 1;
            var number = values >= 0 ? reader.ReadInt64() : -1;
            PayloadHeader.Expect((ulong)number < (ulong)header.Shapes.Length && header.Shapes[number].ItemCount == values, "an event of one of its shapes");
            if (header.Shapes[number] is { Kind: EventKind.Range, Columns.Length: 3 })
            {
                takeRange(ref reader);
                continue;
            }

            if (header.Shapes[number] is { Kind: EventKind.Alias, Columns.Length: 4 })
            {
                if (aliases.Take(Aliases.Read(ref reader), header.Time + i, RecordId.Log(record)))
                {
                    Forget();
                    catalog.Forget();
                    fold.ForgetSchema();
                    gate.NamesChanged();
                }

                continue;
            }

            if (isJudging && header.Shapes[number] is { Kind: EventKind.Access or EventKind.Capability or EventKind.Join, Columns.Length: 1 })
            {
                gate.Take(header.Shapes[number].Kind, ref reader, header.LogId, i);
                continue;
            }

            if (isJudging && IsOnEntities(header.Shapes[number]))
            {
                Judge(header.Shapes[number], ref reader, header.Time, i, record, again: false);
                continue;
            }

            var time = header.Time + i;
            if (Bind(header.Shapes[number].Single) is { } binding && time >= binding.Table.Since)
            {
                if (header.Shapes[number].IsMany)
                {
                    _many.Apply(binding, ref reader, new Clock(header.Shapes[number].TimeOf(header.Time, i), record));
                }
                else
                {
                    fold.Apply(binding, ref reader, new Clock(header.Shapes[number].TimeOf(header.Time, i), record));
                }

                continue;
            }

            for (; values > 0; values--)
            {
                reader.Skip();
            }
        }

        reader.EnsureEnd();
        return header.EventCount;
    }

    /// <summary>Judges a payload's events again, by lists that have changed since it was folded.</summary>
    public void JudgeAgain(long record, ReadOnlySpan<byte> pinned)
    {
        var reader = new CborReader(pinned);
        var header = PayloadHeader.Read(ref reader, _shapes);
        gate.Begin(record, header.Time);
        for (var i = 0; i < header.EventCount; i++)
        {
            var values = reader.ReadArray() - 1;
            var shape = header.Shapes[reader.ReadInt64()];
            if (IsOnEntities(shape))
            {
                Judge(shape, ref reader, header.Time, i, record, again: true);
                continue;
            }

            for (; values > 0; values--)
            {
                reader.Skip();
            }
        }
    }

    private void Judge(EventShape shape, scoped ref CborReader reader, long recordTime, int index, long record, bool again)
    {
        var binding = Bind(shape.Single);
        if (binding is null && Only is not null)
        {
            // A part of the tables is made anew; the rest was judged.
            for (var i = shape.ItemCount; i > 0; i--)
            {
                reader.Skip();
            }

            return;
        }

        var isOfTable = binding is null || recordTime + index >= binding.Table.Since;
        judged.Apply(isOfTable ? binding : null, shape, ref reader, new Clock(shape.TimeOf(recordTime, index), record), again);
    }

    private static bool IsOnEntities(EventShape shape) => shape.Kind <= EventKind.Release;

    private ShapeBinding? Bind(EventShape shape)
    {
        if (!_bindings.TryGetValue(shape, out var binding))
        {
            _bindings.Add(shape, binding = Find(shape));
            _hasNewBindings = true;
        }

        return binding;
    }

    private ShapeBinding? Find(EventShape shape)
    {
        if (shape.Kind is not (EventKind.Create or EventKind.Save or EventKind.Delete or EventKind.Release))
        {
            return null;
        }

        NoteSeen(shape.Collection);
        if (catalog.FindCanonical(shape.Collection) is not { } table)
        {
            return null;
        }

        if (Only is not null && !Only.Contains(table.Canonical))
        {
            return null;
        }

        var binding = new ShapeBinding(database, table, shape);
        if (NoteSeen(table, binding.Unknown))
        {
            catalog.Forget();
            fold.ForgetSchema();
            table = catalog.FindCanonical(shape.Collection)!;
            binding.Dispose();
            binding = new ShapeBinding(database, table, shape);
        }

        for (var i = shape.KeyCount; i < binding.Columns.Length; i++)
        {
            if (binding.Columns[i] is { } column && binding.Operations[i] is { } operation)
            {
                catalog.Merges.Note(table.Collection, column.Id, column.Merge, operation.Name);
            }
        }

        fold.Watch(binding);
        return binding.Fits ? binding : null;
    }

    /// <summary>Events of the collection are here, whether it has a table or not.</summary>
    private void NoteSeen(string collection)
    {
        if (database["SELECT 1 FROM _threads_collection WHERE name = ?"].Bind(1, collection).ScalarInt64() == 0)
        {
            database["INSERT INTO _threads_collection(name, seen) VALUES(?, 1)"].Bind(1, collection).Run();
            aliases.AdoptCollection(collection);
        }

        database["UPDATE _threads_collection SET seen = 1 WHERE seen = 0 AND id = (SELECT coalesce(same, id) FROM _threads_collection WHERE name = ?)"].Bind(1, collection).Run();
    }

    /// <summary>Values of columns that the table lacks are here. True when one of them is found to be a column of the table by another name.</summary>
    private bool NoteSeen(TableSchema table, IReadOnlyList<string> columns)
    {
        foreach (var column in columns)
        {
            if (database["SELECT 1 FROM _threads_column WHERE c = ? AND name = ?"].Bind(1, table.Collection).Bind(2, column).ScalarInt64() == 0)
            {
                database["INSERT INTO _threads_column(c, id, name) SELECT ?1, coalesce(max(id), 0) + 1, ?2 FROM _threads_column WHERE c = ?1"]
                    .Bind(1, table.Collection).Bind(2, column).Run();
            }

            database["UPDATE _threads_column SET seen = 1 WHERE c = ? AND name = ?"].Bind(1, table.Collection).Bind(2, column).Run();
        }

        return columns.Count > 0 && aliases.AdoptColumns(table.Collection);
    }
}
