using Threads.Data.Identity;
using Threads.Data.Sqlite;

namespace Threads.Data.Logs;

/// <summary>The logs of the thread. Entries are cached; <see cref="Forget"/> drops them when another connection has written.</summary>
/// <param name="database">The file.</param>
/// <param name="records">Its records.</param>
/// <param name="thread">In a replicator's file, which holds many: the thread's number there.</param>
internal sealed class LogStore(SqliteDatabase database, RecordStore records, long? thread = null)
{
    private const string Columns = "SELECT id, public_key, identity, parent, fork, folded FROM _threads_log";
    private readonly Dictionary<long, LogEntry> _entries = [];

    public void Forget() => _entries.Clear();

    /// <summary>The entry with this local number.</summary>
    public LogEntry Get(long id)
    {
        if (!_entries.TryGetValue(id, out var entry))
        {
            entry = Read(Select("id = ?1", "").Bind(1, id)).SingleOrDefault() ?? throw ThreadsErrors.LogMissing(id);
        }

        return entry;
    }

    /// <summary>The identity that writes a log; null while unknown.</summary>
    public PeerId? AuthorOf(long id)
        => KeyProtobuf.TryDecodePublic(Get(id).Identity, out var key) == KeyProtobufError.None ? PeerId.FromPublicKey(key) : null;

    /// <summary>The trunk and the branches of the log with this key, trunk first; empty when it is unknown.</summary>
    public IReadOnlyList<LogEntry> Find(ReadOnlySpan<byte> publicKey) => Read(Select("public_key = ?1", " ORDER BY id").Bind(1, publicKey));

    public IReadOnlyList<LogEntry> All() => Read(Select("1", " ORDER BY id"));

    public LogEntry Add(byte[] publicKey, byte[] identity, LogEntry? parent = null, long fork = 0)
    {
        var insert = database[thread is null ? "INSERT INTO _threads_log(public_key, identity, parent, fork) VALUES(?, ?, ?, ?) RETURNING id"
            : "INSERT INTO _threads_log(public_key, identity, parent, fork, thread) VALUES(?, ?, ?, ?, ?) RETURNING id"].Bind(1, publicKey).Bind(2, identity);
        if (parent is null)
        {
            insert.BindNull(3).BindNull(4);
        }
        else
        {
            insert.Bind(3, parent.Id).Bind(4, fork);
        }

        if (thread is { } number)
        {
            insert.Bind(5, number);
        }

        var entry = new LogEntry(insert.ScalarInt64(), publicKey, identity) { Parent = parent?.Id, Fork = parent is null ? null : fork };
        if (parent is not null)
        {
            entry.Head = fork - 1;
        }

        _entries[entry.Id] = entry;
        return entry;
    }

    /// <summary>Notes that this file writes the log.</summary>
    public void Own(LogEntry log) => database["UPDATE _threads_log SET own = 1 WHERE id = ?"].Bind(1, log.Id).Run();

    /// <summary>Notes how far the views have this log.</summary>
    public void SetFolded(LogEntry log, long position)
    {
        if (log.Folded == position)
        {
            return;
        }

        log.Folded = position;
        var update = database["UPDATE _threads_log SET folded = ? WHERE id = ?"].Bind(2, log.Id);
        (position == long.MaxValue ? update.BindNull(1) : update.Bind(1, position)).Run();
    }

    private SqliteStatement Select(string where, string order) => thread is { } number
        ? database[$"{Columns} WHERE {where} AND thread = ?2{order}"].Bind(2, number)
        : database[$"{Columns} WHERE {where}{order}"];

    private List<LogEntry> Read(SqliteStatement rows)
    {
        var found = new List<LogEntry>();
        while (rows.Step())
        {
            var id = rows.Int64(0);
            if (!_entries.TryGetValue(id, out var entry))
            {
                entry = new LogEntry(id, rows.Blob(1).ToArray(), rows.Blob(2).ToArray())
                {
                    Parent = rows.IsNull(3) ? null : rows.Int64(3),
                    Fork = rows.IsNull(4) ? null : rows.Int64(4),
                    Folded = rows.IsNull(5) ? long.MaxValue : rows.Int64(5),
                };
            }

            found.Add(entry);
        }

        foreach (var entry in found)
        {
            if (_entries.TryAdd(entry.Id, entry))
            {
                entry.Head = entry.Fork - 1 ?? 0;
                records.ReadHead(entry);
            }
        }

        return found;
    }
}
