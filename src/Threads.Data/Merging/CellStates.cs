using Threads.Data.Events;
using Threads.Data.Sqlite;

namespace Threads.Data.Merging;

/// <summary>
/// What cells keep beside their values. A state belongs to the assignment it began with; found under another one it is none, so nobody needs to clear it away.
/// </summary>
internal sealed class CellStates(SqliteDatabase database)
{
    /// <summary>The state of a cell whose newest assignment has this time and record; null: none.</summary>
    public byte[]? Load(long collection, in SqlValue key, int column, long time, long record)
    {
        var row = database["SELECT state FROM _threads_cell WHERE c = ? AND k = ? AND id = ? AND t = ? AND r = ?"].Bind(1, collection);
        key.Bind(row, 2, pinned: false);
        row.Bind(3, column).Bind(4, time).Bind(5, record);
        var state = row.Step() ? row.Blob(0).ToArray() : null;
        row.Reset();
        return state;
    }

    public void Save(long collection, in SqlValue key, int column, long time, long record, byte[] state)
    {
        var insert = database["INSERT INTO _threads_cell(c, k, id, t, r, state) VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET t = ?4, r = ?5, state = ?6"].Bind(1, collection);
        key.Bind(insert, 2, pinned: false);
        insert.Bind(3, column).Bind(4, time).Bind(5, record).Bind(6, state.AsSpan()).Run();
    }
}
