using System.Globalization;
using System.Text.Json;
using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Data.Sqlite;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>Who stands first in a held-back row's way.</summary>
internal sealed record Rival(TableSchema? Table, JsonElement Key, string State);

/// <summary>
/// Settles conflicts as a user wants it, in a write transaction. A row that is held back is in no table, so no statement reaches it: it is deleted by an event of its own, in a
/// record of its own, which is folded as everybody else will fold it.
/// </summary>
internal sealed class HeldRowChanges(ThreadsSession session)
{
    private readonly SqliteDatabase _database = session.Database;
    private readonly ThreadCore _core = session.Core;

    /// <summary>Whether the row is held back.</summary>
    public bool IsHeld(TableSchema table, byte[] key)
    {
        var row = _database["SELECT 1 FROM _threads_held WHERE c = ? AND k = ?"].Bind(1, table.Collection);
        RowKey.BindOne(row, 2, key);
        return row.ScalarInt64() == 1;
    }

    /// <summary>The first of the row's rivals, as threads_conflicts lists them; null: it fails by itself.</summary>
    public Rival? RivalOf(TableSchema table, byte[] key)
    {
        var row = _database[$"SELECT rivals FROM threads_conflicts WHERE collection = ?1 AND row_key = {(table.KeyCount > 1 ? "?2" : "(SELECT k FROM _threads_held WHERE c = ?3 AND k = ?2)")}"].Bind(1, table.Canonical);
        if (table.KeyCount > 1)
        {
            row.Bind(2, RowKey.Label(table, key));
        }
        else
        {
            RowKey.BindOne(row, 2, key);
            row.Bind(3, table.Collection);
        }

        var text = row.Step() ? row.Text(0) : "[]";
        row.Reset();
        using var rivals = JsonDocument.Parse(text);
        if (rivals.RootElement.GetArrayLength() == 0)
        {
            return null;
        }

        var first = rivals.RootElement[0];
        return new Rival(_core.Catalog.FindCanonical(first.GetProperty("collection").GetString()!), first.GetProperty("key").Clone(), first.GetProperty("state").GetString()!);
    }

    /// <summary>The row goes, though no table shows it.</summary>
    public void Delete(TableSchema table, byte[] key)
    {
        session.SealSoFar();
        var entity = new CborReader(key);
        _core.Access.Demand(table, EventKind.Delete, SqlValue.Read(ref entity));
        _core.LeaveClosed();
        var info = _core.OwnLog.Append(payload =>
        {
            var shape = payload.Add(table.DeleteShape);
            payload.StartEvent(shape, table.KeyCount);
            var reader = new CborReader(key);
            if (table.KeyCount == 1)
            {
                SqlValue.Read(ref reader).Write(payload.Values);
                return;
            }

            var parts = new CborReader(reader.ReadBytes());
            for (var n = parts.ReadArray(); n > 0; n--)
            {
                SqlValue.Read(ref parts).Write(payload.Values);
            }
        });
        _core.FoldOwn(info);
        session.Note(info);
    }
}
