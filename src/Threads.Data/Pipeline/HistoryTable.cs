using System.Globalization;
using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Data.Sqlite;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>
/// threads_history: every write of every row, as SQL reads it. With <c>table_name</c> and <c>row_key</c> given it costs what that row's events cost; without them it
/// walks through all rows.
/// </summary>
internal sealed class HistoryTable(SqliteDatabase database, ThreadCore core) : IVirtualTable
{
    public const string Name = "threads_history";

    public string Columns => "table_name TEXT, row_key, column_name TEXT, kind TEXT, operation TEXT, old_value, new_value, won INTEGER, "
        + "time INTEGER, written_at TEXT, log INTEGER, position INTEGER, cid TEXT, author TEXT";

    public int KeyColumns => 2;

    public IVirtualCursor Open() => new HistoryCursor(database, core);
}

/// <summary>A walk through the writes of one row after another.</summary>
internal sealed class HistoryCursor(SqliteDatabase database, ThreadCore core) : IVirtualCursor
{
    private readonly CborWriter _key = new();
    private readonly Queue<TableSchema> _tables = new();
    private TableSchema? _table;
    private SqliteStatement? _keys;
    private byte[]? _only;
    private byte[] _row = [];
    private IReadOnlyList<CellWrite> _writes = [];
    private int _at;

    public void Filter(ReadOnlySpan<nint> values)
    {
        End();
        core.Catalog.Forget();
        core.Events.Forget();
        core.Bulk.Forget();
        if (values.Length == 0)
        {
            foreach (var table in core.Catalog.All().OrderBy(t => t.Name, StringComparer.Ordinal))
            {
                _tables.Enqueue(table);
            }

            return;
        }

        var name = SqlValue.OfNative(values[0]);
        if (name.Type != SqliteNative.Text || core.Catalog.Find(System.Text.Encoding.UTF8.GetString(name.Bytes)) is not { } found)
        {
            return;
        }

        if (values.Length == 1)
        {
            _tables.Enqueue(found);
        }
        else
        {
            _table = found;
            _only = EntityKey.Of(found, SqlValue.OfNative(values[1]));
        }
    }

    public bool MoveNext()
    {
        while (++_at >= _writes.Count)
        {
            if (!NextRow())
            {
                return false;
            }
        }

        return true;
    }

    public void Column(int column, nint context)
    {
        var write = _writes[_at];
        switch (column)
        {
            case 0:
                SqlResult.Text(context, _table!.Name);
                break;
            case 1:
                var key = new CborReader(_row);
                var value = SqlValue.Read(ref key);
                if (_table!.KeyCount == 1)
                {
                    SqlResult.Value(context, value);
                }
                else
                {
                    SqlResult.Text(context, RowKey.Label(value.Bytes));
                }

                break;
            case 2:
                SqlResult.Text(context, write.Column);
                break;
            case 3:
                SqlResult.Text(context, write.Kind switch { EventKind.Create => "create", EventKind.Delete => "delete", EventKind.Release => "release", _ => "save" });
                break;
            case 4:
                SqlResult.Text(context, write.Operation);
                break;
            case 5:
                SqlResult.Cbor(context, write.Old);
                break;
            case 6:
                SqlResult.Cbor(context, write.New);
                break;
            case 7:
                SqlResult.Value(context, SqlValue.Of(write.Won ? 1 : 0));
                break;
            case 8:
                SqlResult.Value(context, SqlValue.Of(write.Clock.Time));
                break;
            case 9:
                SqlResult.Text(context, DateTime.UnixEpoch.AddTicks(write.Clock.Time / 100).ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture));
                break;
            case 10:
                SqlResult.Value(context, SqlValue.Of(RecordId.Log(write.Clock.Record)));
                break;
            case 11:
                SqlResult.Value(context, SqlValue.Of(RecordId.Position(write.Clock.Record)));
                break;
            case 12:
                SqlResult.Text(context, core.Records.CidOf(write.Clock.Record) is { } cid ? "f" + Convert.ToHexStringLower(cid.ToBytes()) : null);
                break;
            default:
                SqlResult.Text(context, core.Logs.AuthorOf(RecordId.Log(write.Clock.Record))?.ToString());
                break;
        }
    }

    public void Dispose()
    {
        End();
        _key.Dispose();
    }

    private bool NextRow()
    {
        _at = -1;
        _writes = [];
        if (_only is { } only)
        {
            _row = only;
            _only = null;
        }
        else if (!NextKey())
        {
            return false;
        }

        var reader = new CborReader(_row);
        _writes = core.History.Of(_table!, SqlValue.Read(ref reader));
        core.Records.Release();
        return true;
    }

    private bool NextKey()
    {
        while (_keys is null || !_keys.Step())
        {
            _keys?.Dispose();
            _keys = null;
            if (!_tables.TryDequeue(out _table))
            {
                return false;
            }

            _keys = database.Prepare("SELECT k FROM _threads_entity WHERE c = ? ORDER BY k").Bind(1, _table.Collection);
        }

        _key.Reset();
        SqlValue.Column(_keys, 0).Write(_key);
        _row = _key.ToArray();
        return true;
    }

    private void End()
    {
        _keys?.Dispose();
        _keys = null;
        _only = null;
        _tables.Clear();
        _writes = [];
        _at = -1;
    }
}
