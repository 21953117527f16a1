using Threads.Data.Events;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>The events of all logs in total order, from any place on: each log from the record asked for, the logs merged by clock.</summary>
internal sealed class EventWalk(ThreadCore core, IReadOnlyCollection<string>? collections)
{
    private readonly ShapeCache _shapes = new();

    /// <summary>How far the log's records are due, or 0.</summary>
    public static long Limit(LogEntry log) => Math.Min(log.Head, log.Folded);

    /// <summary>Events behind <paramref name="after"/>; of each log from this position on.</summary>
    public IEnumerable<(Clock Clock, ThreadEvent Event)> From(IReadOnlyDictionary<LogEntry, long> positions, Clock after)
    {
        var queue = new PriorityQueue<Cursor, Clock>(core.Order);
        foreach (var (log, position) in positions)
        {
            var cursor = new Cursor(core, _shapes, log, position);
            if (cursor.MoveNext())
            {
                queue.Enqueue(cursor, cursor.Clock);
            }
        }

        while (queue.TryDequeue(out var cursor, out var clock))
        {
            if (after.IsNone || core.Order.IsAfter(clock, after))
            {
                foreach (var change in cursor.Read(collections))
                {
                    yield return (clock, change);
                }
            }

            if (cursor.MoveNext())
            {
                queue.Enqueue(cursor, cursor.Clock);
            }
        }
    }

    /// <summary>The first position of the log whose record ends at this time or later.</summary>
    public long FirstAt(LogEntry log, long time)
    {
        var (low, high) = (log.Fork ?? 1, Limit(log) + 1);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (core.Records.EndTime(RecordId.Of(log.Id, middle)) < time)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>The clock of the first event from this position on; none: no readable one.</summary>
    public Clock FirstClock(LogEntry log, long position)
    {
        var cursor = new Cursor(core, _shapes, log, position);
        return cursor.MoveNext() ? cursor.Clock : Clock.None;
    }

    private sealed class Cursor(ThreadCore core, ShapeCache shapes, LogEntry log, long position)
    {
        private readonly PinnedBuffer _buffer = new();
        private readonly List<int> _offsets = [];
        private byte[] _payload = [];
        private EventShape[] _shapes = [];
        private long _next = position;
        private long _time;
        private int _index;

        public Clock Clock => new(_time + _index, RecordId.Of(log.Id, _next - 1));

        public bool MoveNext()
        {
            _index++;
            while (_index >= _offsets.Count)
            {
                if (_next > Limit(log))
                {
                    return false;
                }

                Open(RecordId.Of(log.Id, _next++));
                _index = 0;
            }

            return true;
        }

        /// <summary>The event as each entity it names knows it; nothing of collections that were not asked for.</summary>
        public List<ThreadEvent> Read(IReadOnlyCollection<string>? collections)
        {
            var found = new List<ThreadEvent>();
            var reader = new CborReader(_payload.AsSpan(_offsets[_index]));
            reader.ReadArray();
            var shape = _shapes[reader.ReadInt64()];
            if (shape.Kind is not (EventKind.Create or EventKind.Save or EventKind.Delete or EventKind.SaveMany or EventKind.DeleteMany) || collections?.Contains(shape.Collection) == false)
            {
                return found;
            }

            var keys = new List<object?[]>();
            if (shape.IsMany)
            {
                var list = new KeyList(ref reader, shape.KeyCount);
                using var writer = new CborWriter(64);
                while (list.MoveNext())
                {
                    writer.Reset();
                    writer.StartArray(shape.KeyCount);
                    list.WriteTo(writer);
                    var key = new CborReader(writer.WrittenSpan);
                    key.ReadArray();
                    if (!IsRefused(shape, key))
                    {
                        keys.Add(Key(shape.KeyCount, ref key));
                    }
                }
            }
            else
            {
                var isRefused = IsRefused(shape, reader);
                var key = Key(shape.KeyCount, ref reader);
                if (!isRefused)
                {
                    keys.Add(key);
                }
            }

            var values = new Dictionary<string, object?>(StringComparer.Ordinal);
            var operations = new Dictionary<string, ThreadOperation>(StringComparer.Ordinal);
            for (var i = shape.KeyCount; i < shape.Columns.Length; i++)
            {
                if (shape.Operation(i) is { } operation)
                {
                    operations.Add(shape.Columns[i], new ThreadOperation(operation, PlainValue.Of(ref reader)));
                }
                else
                {
                    values.Add(shape.Columns[i], PlainValue.Of(SqlValue.Read(ref reader)));
                }
            }

            var logId = LogId.FromPublicKey(log.PublicKey);
            foreach (var key in keys)
            {
                found.Add(new ThreadEvent
                {
                    Collection = shape.Collection,
                    Kind = shape.Single.Kind,
                    Key = key,
                    Values = values,
                    Operations = operations,
                    Timestamp = _time + _index,
                    Log = logId,
                    Position = _next - 1,
                    Index = _index,
                });
            }

            return found;
        }

        /// <summary>By the thread's access lists; the reader stands at the key.</summary>
        private bool IsRefused(EventShape shape, CborReader key)
            => core.Access.IsJudging && core.Access.IsRefused(
                core.Access.CollectionOf(shape.Collection), core.Fold.ReadKey(shape.KeyCount, ref key), new Clock(shape.TimeOf(_time, _index), RecordId.Of(log.Id, _next - 1)));

        private static object?[] Key(int count, scoped ref CborReader reader)
        {
            var key = new object?[count];
            for (var i = 0; i < count; i++)
            {
                key[i] = PlainValue.Of(SqlValue.Read(ref reader));
            }

            return key;
        }

        private void Open(long record)
        {
            _offsets.Clear();
            if (!core.OpenPayload(record, _buffer, out var payload))
            {
                return;
            }

            _payload = payload.ToArray();
            var reader = new CborReader(_payload);
            var header = PayloadHeader.Read(ref reader, shapes);
            (_time, _shapes) = (header.Time, header.Shapes);
            for (var i = 0; i < header.EventCount; i++)
            {
                _offsets.Add(reader.Position);
                reader.Skip();
            }
        }
    }
}
