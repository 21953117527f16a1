using System.Globalization;
using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Logs;
using Threads.Data.Sqlite;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>
/// Copies rows from a source into tables that were just made. A shared table's rows become create events on the way, sealed into records of bounded size; no trigger has to note
/// them, since each of them is new.
/// </summary>
internal sealed class SqliteImportRows(ThreadsSession session, SqliteImportSource source, ImportSqliteOptions options, Action<long> rowsDone, CancellationToken cancellationToken) : IDisposable
{
    private const int CancelEvery = 256;

    private readonly ThreadCore _core = session.Core;
    private readonly PayloadWriter _payload = new();
    private readonly EntityIndexer _index = new(session.Core.Entities, rows: null, outside: null, session.Core.Access);
    private readonly Ipld.CborWriter _key = new();
    private LogEntry? _log;

    /// <summary>Rows that became events.</summary>
    public long Shared { get; private set; }

    public long Local { get; private set; }

    public long Records { get; private set; }

    /// <summary>Copies a table whose rows stay in this file, shadow tables of a virtual one included.</summary>
    public void CopyLocal(string table)
    {
        var columns = source.Columns(table).ConvertAll(c => c.Name);
        if (source.RowId(table) is { } rowId)
        {
            columns.Insert(0, rowId);
        }

        var names = string.Join(", ", columns.Select(SqliteDatabase.Quote));
        using var rows = source.Database.Prepare($"SELECT {names} FROM main.{SqliteDatabase.Quote(table)}");
        using var insert = session.Database.Prepare($"INSERT OR REPLACE INTO main.{SqliteDatabase.Quote(table)}({names}) VALUES({string.Join(", ", Enumerable.Repeat("?", columns.Count))})");
        while (rows.Step())
        {
            for (var i = 0; i < columns.Count; i++)
            {
                SqlValue.Column(rows, i).Bind(insert, i + 1, pinned: true);
            }

            insert.Run();
            Local++;
            Report();
        }
    }

    /// <summary>Copies a shared table; <paramref name="addedKey"/> is its key column when the source has none, which takes the source's rowid.</summary>
    public void CopyShared(TableSchema table, string? addedKey)
    {
        // The rowid of a table with another key is no event's, but what refers to it here (an external-content FTS table) stays right.
        var rowId = source.RowId(table.Name);
        var keepsRowId = addedKey is null && rowId is not null && !IsRowId(table);
        var read = table.Columns.Select(c => c.Name == addedKey ? rowId ?? throw ThreadsErrors.ImportTable(table.Name, Resources.Strings.ReasonNoRowId()) : c.Quoted).ToList();
        var written = table.Columns.Select(c => c.Quoted).ToList();
        if (keepsRowId)
        {
            read.Add(rowId!);
            written.Add(rowId!);
        }

        using var rows = source.Database.Prepare($"SELECT {string.Join(", ", read)} FROM main.{table.Quoted}");
        using var insert = session.Database.Prepare(
            $"INSERT OR ABORT INTO main.{table.Quoted}({string.Join(", ", written)}) VALUES({string.Join(", ", Enumerable.Repeat("?", written.Count))})", SqliteNative.PreparePersistent);
        _log = _core.OwnLog.Open();
        Begin();
        while (rows.Step())
        {
            Copy(table, rows, insert, keepsRowId);
            Shared++;
            Report();
            if (_payload.Count >= options.RecordRows || _payload.Values.Length >= options.RecordSizeBytes)
            {
                Seal();
                Begin();
            }
        }

        Seal();
    }

    public void Dispose()
    {
        _payload.Dispose();
        _key.Dispose();
    }

    private bool IsRowId(TableSchema table)
        => table.KeyCount == 1 && session.Database["SELECT 1 FROM pragma_table_xinfo(?) WHERE pk = 1 AND upper(type) = 'INTEGER'"].Bind(1, table.Name).ScalarInt64() == 1
            && session.Database["SELECT 1 FROM pragma_index_list(?) WHERE origin = 'pk'"].Bind(1, table.Name).ScalarInt64() == 0;

    private void Begin()
    {
        _payload.Begin();
        _index.Record = new Clock(_core.Clock.Peek(), RecordId.Of(_log!.Id, _log.Head + 1));
    }

    private void Copy(TableSchema table, SqliteStatement rows, SqliteStatement insert, bool keepsRowId)
    {
        _payload.StartEvent(_payload.Count == 0 ? _payload.Add(table.CreateShape) : 0, table.Columns.Length);
        for (var i = 0; i < table.Columns.Length; i++)
        {
            var value = SqlValue.Column(rows, i);
            if (i < table.KeyCount)
            {
                value = value.IsNull ? throw ThreadsErrors.ImportTable(table.Name, Resources.Strings.ReasonNullKey(table.Columns[i].Name)) : value.AsKey();
            }

            value.Write(_payload.Values);
            value.Bind(insert, i + 1, pinned: true);
        }

        if (keepsRowId)
        {
            insert.Bind(table.Columns.Length + 1, rows.Int64(table.Columns.Length));
        }

        if (insert.TryRun() is var rc && rc != SqliteNative.Ok)
        {
            throw ThreadsErrors.ImportTable(table.Name, Resources.Strings.ReasonRow(Describe(table, rows), session.Database.Error(rc).Message));
        }

        _index.OnChange(table, EventKind.Create, Key(table, rows), _payload.Count - 1, default);
    }

    private SqlValue Key(TableSchema table, SqliteStatement rows)
    {
        if (table.KeyCount == 1)
        {
            return SqlValue.Column(rows, 0).AsKey();
        }

        _key.Reset();
        _key.StartArray(table.KeyCount);
        for (var i = 0; i < table.KeyCount; i++)
        {
            SqlValue.Column(rows, i).AsKey().Write(_key);
        }

        return SqlValue.OfBlob(_key.WrittenSpan);
    }

    private void Seal()
    {
        if (_payload.Count == 0)
        {
            return;
        }

        cancellationToken.ThrowIfCancellationRequested();
        var (log, count) = (_log!, _payload.Count);
        _core.Clock.Take(_index.Record.Time, count);
        var record = _core.Sealer.Seal(_payload.Finish(_core.OwnLog.LogId, log.Head + 1, _index.Record.Time), log.HeadCid);
        _core.Records.Append(log, record.RecordCid, _index.Record.Time, count, record.Row);
        foreach (var (table, key) in _index.Deferred.Take())
        {
            _core.Refold.Fold(table, key, out _);
        }

        session.Note(new RecordInfo(log.Id, log.Head, record.RecordCid, count));
        Records++;
    }

    private void Report()
    {
        if (((Shared + Local) & (CancelEvery - 1)) == 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            rowsDone(Shared + Local);
        }
    }

    private static string Describe(TableSchema table, SqliteStatement rows)
        => string.Join(", ", Enumerable.Range(0, table.KeyCount).Select(i => string.Create(CultureInfo.InvariantCulture, $"{table.Columns[i].Name} = {rows.Text(i)}")));
}
