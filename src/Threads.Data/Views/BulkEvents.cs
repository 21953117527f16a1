using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>Reads the keys of an event that changes many entities alike back from its record, as they stand in it; false where the body can't be read.</summary>
internal delegate bool KeyListReader(Clock clock, out ReadOnlySpan<byte> keys);

/// <summary>
/// Local events that changed many entities alike and are not in the index row by row: a line in <c>_threads_bulk</c> stands for all their keys, which are in the record. Each was
/// newer than all that its entities had seen, so an entity whose newest event is older than it, and that it names, still lacks it: <see cref="EntityStore"/> adds it when the
/// entity is asked for. Beyond some events or keys of a collection they go into the index after all, which bounds what an entity costs and what is held in memory.
/// </summary>
internal sealed class BulkEvents(SqliteDatabase database, KeyListReader keysOf)
{
    /// <summary>So many of a collection wait at most; each is asked whether it names an entity.</summary>
    public const int MostEvents = 16;

    /// <summary>So many keys, of all events of a collection that wait.</summary>
    public const int MostKeys = 1 << 18;

    private static readonly List<BulkEvent> None = [];

    private readonly Dictionary<Clock, byte[]> _unsealed = [];
    private Dictionary<long, List<BulkEvent>>? _waiting;

    /// <summary>Another connection wrote, or a rollback took back what this one did.</summary>
    public void Forget() => _waiting = null;

    /// <summary>The transaction is over: what it sealed can be read from its records.</summary>
    public void EndWrite() => _unsealed.Clear();

    /// <summary>Those of a collection that are not in the index, oldest first.</summary>
    public List<BulkEvent> Of(long collection)
    {
        _waiting ??= Read();
        return _waiting.Count > 0 && _waiting.TryGetValue(collection, out var events) ? events : None;
    }

    /// <summary>Whether one more fits beside those that wait.</summary>
    public bool HasRoom(long collection, int keys)
    {
        var waiting = Of(collection);
        return waiting.Count < MostEvents && waiting.Sum(e => (long)e.Count) + keys <= MostKeys;
    }

    /// <summary>Adds an event of this transaction, newer than all that is known: its keys as CBOR items one after another.</summary>
    public void Add(long collection, BulkEvent one, ReadOnlySpan<byte> keys)
    {
        using var about = new CborWriter(64);
        about.StartArray(2 + one.Columns.Length);
        about.WriteInt64((int)one.Kind);
        about.WriteInt64(one.KeyCount);
        foreach (var column in one.Columns)
        {
            about.WriteInt64(column);
        }

        _waiting ??= Read();
        database["INSERT INTO _threads_bulk(c, t, r, n, x) VALUES(?, ?, ?, ?, ?)"]
            .Bind(1, collection).Bind(2, one.Clock.Time).Bind(3, one.Clock.Record).Bind(4, one.Count).Bind(5, about.WrittenSpan).Run();
        _unsealed[one.Clock] = keys.ToArray();
        Add(_waiting, collection, one);
    }

    /// <summary>Those of a collection are in the index now, or its entities go.</summary>
    public void Clear(long collection)
    {
        database["DELETE FROM _threads_bulk WHERE c = ?"].Bind(1, collection).Run();
        _waiting?.Remove(collection);
    }

    /// <summary>The entities that an event names.</summary>
    public EntityKeys KeysOf(BulkEvent bulk) => bulk.Keys ??= Read(bulk);

    private EntityKeys Read(BulkEvent bulk)
    {
        if (_unsealed.TryGetValue(bulk.Clock, out var items))
        {
            return EntityKeys.OfItems(items, bulk.KeyCount, bulk.Count);
        }

        return keysOf(bulk.Clock, out var list) ? EntityKeys.OfList(list, bulk.KeyCount, bulk.Count) : EntityKeys.None;
    }

    private Dictionary<long, List<BulkEvent>> Read()
    {
        var waiting = new Dictionary<long, List<BulkEvent>>();
        if (database["SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_threads_bulk'"].ScalarInt64() == 0)
        {
            // A file of an older version that was opened to be read only.
            return waiting;
        }

        var rows = database["SELECT c, t, r, n, x FROM _threads_bulk ORDER BY t"];
        while (rows.Step())
        {
            var about = new CborReader(rows.Blob(4));
            var columns = new int[about.ReadArray() - 2];
            var kind = (EventKind)about.ReadInt64();
            var keyCount = about.ReadInt32();
            for (var i = 0; i < columns.Length; i++)
            {
                columns[i] = (int)about.ReadInt64();
            }

            Add(waiting, rows.Int64(0), new BulkEvent(new Clock(rows.Int64(1), rows.Int64(2)), kind, columns, keyCount, (int)rows.Int64(3)));
        }

        return waiting;
    }

    private static void Add(Dictionary<long, List<BulkEvent>> waiting, long collection, BulkEvent bulk)
    {
        if (!waiting.TryGetValue(collection, out var events))
        {
            waiting.Add(collection, events = []);
        }

        events.Add(bulk);
    }
}

/// <summary>One of <see cref="BulkEvents"/>: a save of these columns, by their numbers, or a delete; so many keys of so many values each.</summary>
internal sealed record BulkEvent(Clock Clock, EventKind Kind, int[] Columns, int KeyCount, int Count)
{
    /// <summary>Read when first asked for.</summary>
    public EntityKeys? Keys { get; set; }
}
