using Microsoft.Data.Sqlite;
using SQLitePCL;
using Threads.Data.Logs;
using Threads.Data.Sqlite;

namespace Threads.Data.Storage;

/// <summary>A replicator's file: one connection that writes and one that reads beside it, each used by one caller at a time.</summary>
internal sealed class ReplicaFile : IDisposable
{
    private const int BusyTimeoutMs = 30_000;

    private readonly SqliteConnection _writing;
    private readonly SqliteConnection _reading;
    private readonly SqliteDatabase _writer;
    private readonly SqliteDatabase _reader;
    private readonly Lock _writeGate = new();
    private readonly Lock _readGate = new();
    private bool _isDisposed;

    static ReplicaFile() => Batteries_V2.Init();

    /// <exception cref="ThreadsException">The file is something else, or of a newer version.</exception>
    public ReplicaFile(string path)
    {
        Path = path;
        (_writing, _writer) = Connect(path);
        try
        {
            Prepare();
            (_reading, _reader) = Connect(path);
        }
        catch (Exception e)
        {
            Close(_writing, _writer);
            if (e is not SqliteException native)
            {
                throw;
            }

            throw Translate(path, native);
        }
    }

    public string Path { get; }

    /// <summary>Another number after another connection, of whatever process, has committed; not after commits of <see cref="Write"/>.</summary>
    public long DataVersion
    {
        get
        {
            lock (_writeGate)
            {
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                return _writer.Int64("PRAGMA data_version");
            }
        }
    }

    /// <summary>Reads one committed state.</summary>
    public T Read<T>(Func<SqliteDatabase, T> work)
    {
        lock (_readGate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _reader["BEGIN"].Run();
            try
            {
                return work(_reader);
            }
            finally
            {
                new RecordStore(_reader).Release();
                _reader["ROLLBACK"].Run();
            }
        }
    }

    /// <summary>All that the work writes, or nothing.</summary>
    public T Write<T>(Func<SqliteDatabase, T> work)
    {
        lock (_writeGate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _writer["BEGIN IMMEDIATE"].Run();
            try
            {
                var result = work(_writer);
                new RecordStore(_writer).Release();
                _writer["COMMIT"].Run();
                return result;
            }
            catch
            {
                new RecordStore(_writer).Release();
                if (_writer.InTransaction)
                {
                    _writer["ROLLBACK"].Run();
                }

                throw;
            }
        }
    }

    public void Dispose()
    {
        lock (_writeGate)
        {
            lock (_readGate)
            {
                if (_isDisposed)
                {
                    return;
                }

                _isDisposed = true;
                Close(_reading, _reader);
                Close(_writing, _writer);
            }
        }
    }

    private static (SqliteConnection, SqliteDatabase) Connect(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            ThreadsException.ThrowOnError(raw.sqlite3_busy_timeout(connection.Handle, BusyTimeoutMs), connection.Handle!);
            var database = new SqliteDatabase(connection.Handle!);
            database.Execute("PRAGMA synchronous = NORMAL");
            return (connection, database);
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw Translate(path, e);
        }
    }

    private static ThreadsException Translate(string path, SqliteException e) => e.SqliteErrorCode == raw.SQLITE_NOTADB ? ThreadsErrors.NotADatabase(path, e) : ThreadsException.From(e);

    private static void Close(SqliteConnection connection, SqliteDatabase database)
    {
        database.Dispose();
        connection.Dispose();
    }

    private void Prepare()
    {
        var id = _writer.Scalar("PRAGMA application_id");
        if (id != ReplicaSchema.ApplicationId && (id != 0 || _writer.Scalar("SELECT count(*) FROM sqlite_master") != 0))
        {
            throw ThreadsErrors.NotAReplicaStore(Path);
        }

        _writer.Execute("PRAGMA journal_mode = WAL");
        Write(database =>
        {
            var isNew = database.Scalar("SELECT count(*) FROM sqlite_master") == 0;
            var version = isNew ? 0 : new MetaStore(database).Int64("version") ?? 0;
            if (version > ReplicaSchema.Version)
            {
                throw ThreadsErrors.NewerFile(Path, version, ReplicaSchema.Version);
            }

            if (version < ReplicaSchema.Version)
            {
                ReplicaSchema.Upgrade(database, (int)version);
            }

            return true;
        });
    }
}
