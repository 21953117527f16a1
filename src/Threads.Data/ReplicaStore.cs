using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Threads.Data.Identity;
using Threads.Data.Storage;

namespace Threads.Data;

/// <summary>
/// Many threads in one file, kept for others by whoever holds their replica keys alone: records are verified, stored and passed on, and can't be read; no tables are made
/// of them. One object for the life of the application; its members may be called from any thread. The file holds the replica keys as they are.
/// </summary>
public sealed class ReplicaStore : IDisposable
{
    private readonly ReplicaFile _file;
    private readonly ConcurrentDictionary<ThreadId, ReplicaThread> _threads = new();

    private ReplicaStore(ReplicaFile file) => _file = file;

    /// <summary>The file.</summary>
    public string Path => _file.Path;

    /// <summary>The threads that are kept.</summary>
    public IReadOnlyCollection<ReplicaThread> Threads => (IReadOnlyCollection<ReplicaThread>)_threads.Values;

    /// <summary>Another number after another process has written the file.</summary>
    public long DataVersion => _file.DataVersion;

    /// <summary>Opens the file; makes it when it isn't there.</summary>
    /// <param name="path">One file; SQLite keeps two more beside it while it is open.</param>
    /// <exception cref="ThreadsException">The file is something else, or was written by a newer version.</exception>
    public static ReplicaStore Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var store = new ReplicaStore(new ReplicaFile(path));
        store.Refresh();
        return store;
    }

    /// <summary>Keeps a thread from now on; nothing changes when it is kept already.</summary>
    /// <param name="thread">Its id.</param>
    /// <param name="key">Its replica key; a read key beside it is not stored. The caller keeps it.</param>
    /// <exception cref="ThreadsException">The thread is kept under another key.</exception>
    public ReplicaThread Add(ThreadId thread, ThreadKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var replica = key.Replica.ToArray();
        var number = _file.Write(database =>
        {
            database["INSERT INTO _threads_thread(thread, key) VALUES(?, ?) ON CONFLICT DO NOTHING"].Bind(1, thread.Bytes).Bind(2, replica).Run();
            var row = database["SELECT id, key FROM _threads_thread WHERE thread = ?"].Bind(1, thread.Bytes);
            row.Step();
            var (id, isSame) = (row.Int64(0), CryptographicOperations.FixedTimeEquals(row.Blob(1), replica));
            row.Reset();
            return isSame ? id : throw ThreadsErrors.OtherReplicaKey(_file.Path, thread.ToString());
        });
        return _threads.GetOrAdd(thread, id => new(_file, number, id, replica));
    }

    /// <summary>The thread, if it is kept.</summary>
    public bool TryFind(ThreadId thread, [NotNullWhen(true)] out ReplicaThread? found) => _threads.TryGetValue(thread, out found);

    /// <summary>Forgets a thread with all its records; false when it wasn't kept. The space is used again.</summary>
    public bool Remove(ThreadId thread)
    {
        if (!_threads.TryRemove(thread, out var removed))
        {
            return false;
        }

        _file.Write(database =>
        {
            database["DELETE FROM _threads_record WHERE id >> 40 IN (SELECT id FROM _threads_log WHERE thread = ?)"].Bind(1, removed.Number).Run();
            database["DELETE FROM _threads_pending WHERE thread = ?"].Bind(1, removed.Number).Run();
            database["DELETE FROM _threads_announcement WHERE thread = ?"].Bind(1, removed.Number).Run();
            database["DELETE FROM _threads_log WHERE thread = ?"].Bind(1, removed.Number).Run();
            database["DELETE FROM _threads_thread WHERE id = ?"].Bind(1, removed.Number).Run();
            return true;
        });
        return true;
    }

    /// <summary>Takes in threads that another process added to the file.</summary>
    public void Refresh() => _file.Read(database =>
    {
        var rows = database["SELECT id, thread, key FROM _threads_thread"];
        while (rows.Step())
        {
            var id = ThreadId.FromBytes(rows.Blob(1));
            if (!_threads.ContainsKey(id))
            {
                _threads.TryAdd(id, new(_file, rows.Int64(0), id, rows.Blob(2).ToArray()));
            }
        }

        return true;
    });

    /// <summary>Closes the file; its threads can't be used any more.</summary>
    public void Dispose() => _file.Dispose();
}
