using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Data.Sqlite;
using Threads.Data.Views;

namespace Threads.Data;

public sealed partial class LocalThread
{
    /// <summary>
    /// Every write of a row by anybody, in total order: late ones stand where they belong, and a row that is gone has its history still. It costs what the row's own
    /// events cost, however long the log is. In SQL it is <c>threads_history</c>.
    /// </summary>
    /// <param name="table">A table of the thread.</param>
    /// <param name="key">The values of its primary key, in the key's order, as they are stored.</param>
    /// <exception cref="ArgumentException">There is no such shared table, or these can't be its key's values.</exception>
    /// <exception cref="ThreadsException">A record is damaged, or the connection is read-only, which opens no record.</exception>
    public IReadOnlyList<ThreadWrite> History(string table, params object?[] key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return _connection.Guarded(() => Reading(() =>
        {
            Core.Catalog.Forget();
            Core.Events.Forget();
            Core.Bulk.Forget();
            var schema = Core.Catalog.Find(table) ?? throw new ArgumentException(Resources.Strings.HistoryTable(table), nameof(table));
            var reader = new CborReader(EntityKey.Of(schema, key));
            var writes = Core.History.Of(schema, SqlValue.Read(ref reader));
            Core.Records.Release();
            return writes.Select(w => Describe(schema.Name, w)).ToArray();
        }));
    }

    /// <inheritdoc cref="History"/>
    public Task<IReadOnlyList<ThreadWrite>> HistoryAsync(string table, object?[] key, CancellationToken cancellationToken = default)
        => Task.Run(() => History(table, key), cancellationToken);

    private ThreadWrite Describe(string table, CellWrite write) => new()
    {
        Table = table,
        Column = write.Column,
        Kind = write.Kind,
        Operation = write.Operation,
        OldValue = Plain(write.Old),
        NewValue = Plain(write.New),
        Won = write.Won,
        Time = write.Clock.Time,
        Log = RecordId.Log(write.Clock.Record),
        Position = RecordId.Position(write.Clock.Record),
        Cid = Core.Records.CidOf(write.Clock.Record)?.ToBytes() ?? [],
        Author = Core.Logs.AuthorOf(RecordId.Log(write.Clock.Record)),
    };

    private static object? Plain(byte[]? cbor)
    {
        if (cbor is null || cbor.Length == 0)
        {
            return null;
        }

        var reader = new CborReader(cbor);
        var value = SqlValue.Read(ref reader);
        return value.Type switch
        {
            SqliteNative.Integer => value.Integer,
            SqliteNative.Float => value.Real,
            SqliteNative.Text => System.Text.Encoding.UTF8.GetString(value.Bytes),
            SqliteNative.Blob => value.Bytes.ToArray(),
            _ => null,
        };
    }
}
