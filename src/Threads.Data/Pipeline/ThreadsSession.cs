using Microsoft.Data.Sqlite;
using SQLitePCL;
using Threads.Data.Capture;
using Threads.Data.Sqlite;
using Threads.Data.Storage;

namespace Threads.Data.Pipeline;

/// <summary>One physical SQLite connection and what a thread needs on it: transactions that seal, and the calls around each statement.</summary>
internal sealed partial class ThreadsSession : IDisposable
{

    private readonly CommitGuard _guard;
    private readonly VirtualTable _history;
    private readonly MergeDeclarations _merges;
    private readonly HashSet<long> _touched = [];
    private readonly List<RecordInfo> _sealed = [];
    private bool _locked;
    private bool _schemaChanged;
    private bool _isSealed;
    private bool _hasNews;
    private bool _hasStrayWrites;
    private int _running;
    private int _changesSeen;

    private ThreadsSession(SqliteConnection inner, SqliteDatabase database, ThreadFileOptions options, KeyRing? keys)
    {
        Inner = inner;
        Options = options;
        Database = database;
        _guard = new CommitGuard(database);
        Core = new ThreadCore(inner.Handle!, database, options, keys);
        _history = new VirtualTable(database, HistoryTable.Name, new HistoryTable(database, Core));
        _merges = new MergeDeclarations(database, Core.Catalog);
    }

    /// <summary>The SQLite connection below; open as long as this session lives.</summary>
    public SqliteConnection Inner { get; }

    public ThreadFileOptions Options { get; }

    public SqliteDatabase Database { get; }

    /// <summary>Stores, clock and fold on this connection.</summary>
    public ThreadCore Core { get; }

    /// <summary>Told of each trigger that is made and adds to a column without a merge kind: its name, and the table and column.</summary>
    public Action<string, string, string>? OnTriggerAdds { get; set; }

    /// <summary>Whether a transaction is open, whoever began it.</summary>
    public bool InTransaction => Database.InTransaction;

    /// <summary>After a commit that wrote records: what they are. Raised on the committing thread.</summary>
    public event Action<IReadOnlyList<RecordInfo>>? Committed;

    /// <summary>Takes an open connection, finds or makes the thread in its file.</summary>
    /// <param name="inner">The connection below.</param>
    /// <param name="options">The file.</param>
    /// <param name="pause">On a shared cache: <see cref="SqliteDatabase.Pause"/>.</param>
    /// <exception cref="ThreadsException">The file is no thread, newer than this library, or its keys can't be opened.</exception>
    public static ThreadsSession Open(SqliteConnection inner, ThreadFileOptions options, Func<int, bool>? pause = null)
    {
        var database = new SqliteDatabase(inner.Handle!) { Pause = pause };
        try
        {
            var keys = ThreadFile.Open(database, options);
            if (options.Protection.IsSet && !options.IsMemory)
            {
                options.Keys = keys;
            }

            return new ThreadsSession(inner, database, options, keys);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_NOTADB)
        {
            database.Dispose();
            throw ThreadsErrors.NotADatabase(options.DataSource, e);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public void Begin(bool deferred)
    {
        NoticeRollback();
        Database[deferred ? "BEGIN" : "BEGIN IMMEDIATE"].Run();
        try
        {
            if (!deferred && !Options.IsReadOnly)
            {
                EnterWrite();
            }
        }
        catch
        {
            Rollback();
            throw;
        }

        Settled();
    }

    /// <summary>Before a statement that only reads, outside a transaction: whether the time of a record that waited has come.</summary>
    public bool HasDue => !Options.IsReadOnly && Core.Due.IsDue && !InTransaction && Core.Sealer.CanRead;

    /// <summary>Takes in records whose time has come.</summary>
    public void TakeDue()
    {
        try
        {
            Begin(deferred: false);
            Commit();
        }
        catch (SqliteException e) when (e.SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_LOCKED)
        {
            // Whoever holds the lock takes them.
            Rollback();
        }
    }

    /// <summary>Seals what the transaction changed into one record and commits both. A failure to seal rolls everything back; a COMMIT that SQLite refuses (busy, a deferred foreign key) leaves the transaction open, as SQLite does.</summary>
    public void Commit()
    {
        Seal();
        Core.Records.Release();
        _guard.IsSealed = _isSealed;
        try
        {
            Database["COMMIT"].Run();
        }
        finally
        {
            _guard.IsSealed = false;
        }

        AfterCommit();
    }

    /// <summary>A commit the user asked for: refused when rows were written past his commands, on the handle itself, since nothing noted them.</summary>
    /// <exception cref="ThreadsException">Rows were written that no command wrote; all is rolled back.</exception>
    public void CommitUser()
    {
        Observe();
        if (_hasStrayWrites)
        {
            Rollback();
            throw ThreadsErrors.StrayWrites();
        }

        Commit();
    }

    public void Rollback()
    {
        Core.Records.Release();
        if (InTransaction)
        {
            Database["ROLLBACK"].Run();
        }

        Reset(rolledBack: true);
    }

    /// <summary>Ends a transaction that read only: what was read is not undone.</summary>
    public void EndReading()
    {
        Core.Records.Release();
        if (InTransaction)
        {
            Database["ROLLBACK"].Run();
        }

        Reset(rolledBack: false);
    }

    /// <summary>Declares how a column merges, in a write transaction; null: the last writer wins.</summary>
    public void DeclareMerge(string table, string column, string? kind)
    {
        SealSoFar();
        _merges.Declare(table, column, kind);
        ForgetReach();
        Core.RecordFold.Forget();
    }

    /// <summary>A record written beside the user's statements, to be told of after the commit.</summary>
    public void Note(RecordInfo? record)
    {
        if (record is not null)
        {
            _sealed.Add(record);
        }
    }

    public void Dispose()
    {
        _guard.Remove();
        Core.Dispose();
        Database.Dispose();
        Inner.Dispose();
        _guard.Dispose();
        _history.Dispose();
        _merges.Dispose();
        Core.Ranges.Dispose();
        Core.Functions.Dispose();
    }

    /// <summary>Whether the transaction may have something for the log: rows of shared tables were within reach, or a name is new.</summary>
    private bool HasEvents => _touched.Count > 0 || _hasNews;

    private Mark Here => _locked ? Core.LocalCommit.Here : default;

    /// <summary>SQLite itself may have rolled the last transaction back (INSERT OR ROLLBACK, a full disk, a vetoed commit).</summary>
    private void NoticeRollback()
    {
        if ((_locked || _savepoints.Count > 0) && !InTransaction)
        {
            Reset(rolledBack: true);
        }
    }

    /// <summary>With the write lock held, once a transaction: what other connections changed is noticed before the first statement.</summary>
    private void Lock()
    {
        if (_locked)
        {
            return;
        }

        // The transaction began deferred: a statement that writes nothing takes SQLite's write lock all the same.
        Database["UPDATE _threads_meta SET value = value WHERE 0"].Run();
        EnterWrite();
    }

    private void EnterWrite()
    {
        _locked = true;
        try
        {
            if (Core.EnterWrite(out var refill))
            {
                ForgetReach();
                TellNames();
                Fill(refill);
            }

            if (!IsMigrating)
            {
                FillWaiting();
            }

            Core.RowSchemas.Keep();
            Core.Due.LeaveFuture();
            Core.Due.Take();
            Core.Locked.Settle();
        }
        catch
        {
            _locked = false;
            throw;
        }
    }

    /// <summary>Fills tables from the log; what this transaction did so far must be in it.</summary>
    private void Fill(IReadOnlyList<long> collections)
    {
        if (IsMigrating)
        {
            Core.LetWait(collections);
            collections = [];
        }

        if (collections.Count > 0 || Core.HasDeferred || Core.SchemaConstraints.ConcernsRows)
        {
            SealCollected();
        }

        Core.Refill(collections);
        Core.SchemaConstraints.Recheck();
    }

    private void Seal()
    {
        EndStatementSavepoint();
        _isSealed = !Database.HasUnmetForeignKeys;
        if (!_isSealed)
        {
            // The COMMIT will be refused and the transaction go on: nothing may be sealed yet.
            return;
        }

        Database.EnterMutex();
        try
        {
            Collect();
            SealCollected();
            if (_schemaChanged)
            {
                Core.NoteSchemaVersion();
            }
        }
        catch
        {
            Rollback();
            throw;
        }
        finally
        {
            Database.LeaveMutex();
        }
    }

    private void Collect()
    {
        if (!HasEvents)
        {
            return;
        }

        Lock();
        foreach (var collection in _touched)
        {
            if (Core.Catalog.FindCollection(collection) is { } table && Core.Triggers.IsInstalled(table))
            {
                Core.LocalCommit.Collect(table);
            }
        }

        if (Core.Updates.Table is { } left)
        {
            throw new System.Diagnostics.UnreachableException($"What an UPDATE of '{left.Name}' did was not collected.");
        }
    }

    /// <summary>What the transaction changed up to now becomes a record, before others are appended in it.</summary>
    public void SealSoFar()
    {
        EndStatementSavepoint();
        Collect();
        SealCollected();
    }

    private void SealCollected()
    {
        if (_locked && HasEvents && Core.LocalCommit.Seal() is { } record)
        {
            _sealed.Add(record);
        }
    }

    private void AfterCommit()
    {
        var records = _sealed.Count > 0 ? _sealed.ToArray() : null;
        Reset(rolledBack: false);
        if (records is not null)
        {
            Resources.DataMetrics.RecordsWritten.Add(records.Length);
            Resources.DataMetrics.EventsWritten.Add(records.Sum(r => r.Events));
            Committed?.Invoke(records);
            CommitBus.Raise(Options.DataSource);
        }
    }

    private void Reset(bool rolledBack)
    {
        _guard.Allow();
        Core.Updates.Clear();
        if (rolledBack)
        {
            ForgetReach();
            Core.Stale();
            Core.ForgetUnsettled();
            if (HasEvents)
            {
                Core.LocalCommit.Discard();
            }

            if (_schemaChanged)
            {
                Core.ForgetSchema();
            }
        }

        Core.EndWrite();
        _locked = false;
        _lastWrite = null;
        _savepoints.Clear();
        _droppedKeys.Clear();
        _savepointBegan = false;
        _inStatementSavepoint = false;
        _touched.Clear();
        _hasNews = false;
        _sealed.Clear();
        _schemaChanged = false;
        _hasStrayWrites = false;
        Settled();
    }
}
