using Microsoft.Data.Sqlite;
using SQLitePCL;
using Threads.Data.Capture;
using Threads.Data.Sqlite;
using Threads.Data.Storage;

namespace Threads.Data.Pipeline;

/// <summary>One physical SQLite connection and what a thread needs on it: transactions that seal, and the calls around each statement.</summary>
internal sealed class ThreadsSession : IDisposable
{
    private const int MaxKnownStatements = 1_000;
    private const string StatementSavepoint = "_threads_statement";

    private readonly CommitGuard _guard;
    private readonly List<SavepointMark> _savepoints = [];
    private readonly HashSet<long> _touched = [];
    private readonly Dictionary<SqlStatement, IReadOnlyList<TableSchema>?> _reach = new(ReferenceEqualityComparer.Instance);
    private readonly List<RecordInfo> _sealed = [];
    private SqlStatement? _lastWrite;
    private bool _locked;
    private bool _schemaChanged;
    private bool _isSealed;
    private bool _hasAttached;
    private bool _hasStrayWrites;
    private bool _isStatementRunning;
    private int _changesSeen;
    private bool _inStatementSavepoint;
    private bool _hasTemporaryObjects;
    private bool _hasTemporaryTriggers;
    private bool _savepointBegan;

    private ThreadsSession(SqliteConnection inner, SqliteDatabase database, ThreadFileOptions options, KeyRing? keys)
    {
        Inner = inner;
        Options = options;
        Database = database;
        _guard = new CommitGuard(database);
        Core = new ThreadCore(inner.Handle!, database, options, keys);
    }

    /// <summary>The SQLite connection below; open as long as this session lives.</summary>
    public SqliteConnection Inner { get; }

    public ThreadFileOptions Options { get; }

    public SqliteDatabase Database { get; }

    /// <summary>Stores, clock and fold on this connection.</summary>
    public ThreadCore Core { get; }

    /// <summary>Whether a transaction is open, whoever began it.</summary>
    public bool InTransaction => Database.InTransaction;

    /// <summary>After a commit that wrote records: what they are. Raised on the committing thread.</summary>
    public event Action<IReadOnlyList<RecordInfo>>? Committed;

    /// <summary>Takes an open connection, finds or makes the thread in its file.</summary>
    /// <exception cref="ThreadsException">The file is no thread, newer than this library, or its keys can't be opened.</exception>
    public static ThreadsSession Open(SqliteConnection inner, ThreadFileOptions options)
    {
        var database = new SqliteDatabase(inner.Handle!);
        try
        {
            var keys = ThreadFile.Open(database, options);
            if (options.Password is not null && !options.IsMemory)
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
        if (!deferred && !Options.IsReadOnly)
        {
            EnterWrite();
        }

        Settled();
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

    public void Savepoint(string name)
    {
        NoticeRollback();
        EndStatementSavepoint();
        if (!InTransaction)
        {
            _savepointBegan = true;
        }

        Database.Execute("SAVEPOINT " + SqliteDatabase.Quote(name));
        _savepoints.Add(new SavepointMark(name, Here, _sealed.Count));
        if (_savepointBegan && _savepoints.Count == 1)
        {
            Settled();
        }
    }

    public void Release(string name)
    {
        // RELEASE of the savepoint that began the transaction is its COMMIT.
        EndStatementSavepoint();
        var index = Find(name);
        var commits = _savepointBegan && index == 0;
        if (commits)
        {
            Seal();
        }

        _guard.IsSealed = commits && _isSealed;
        try
        {
            Database.Execute("RELEASE " + SqliteDatabase.Quote(name));
        }
        finally
        {
            _guard.IsSealed = false;
        }

        if (index >= 0)
        {
            _savepoints.RemoveRange(index, _savepoints.Count - index);
        }

        if (commits)
        {
            AfterCommit();
        }
    }

    public void RollbackTo(string name)
    {
        EndStatementSavepoint();
        Database.Execute("ROLLBACK TO " + SqliteDatabase.Quote(name));
        var index = Find(name);
        if (index < 0)
        {
            return;
        }

        var mark = _savepoints[index];
        _savepoints.RemoveRange(index + 1, _savepoints.Count - index - 1);
        _sealed.RemoveRange(mark.Sealed, _sealed.Count - mark.Sealed);
        if (_locked)
        {
            // What was read and made since may be gone: schema, bindings, the head of our log, TEMP triggers.
            Core.LocalCommit.ReturnTo(mark.Record);
            Core.Stale();
            Core.ForgetSchema();
            ForgetReach();
            _locked = false;
        }
    }

    /// <summary>Whether a statement concerns TEMP tables alone, so that it needs no lock of the file and nothing of ours.</summary>
    public bool IsTemporary(SqlStatement statement) => statement.Kind switch
    {
        SqlStatementKind.Schema => statement.IsTemp || IsTemporaryTable(statement),
        SqlStatementKind.Write => (statement.IsTemp || IsTemporaryTable(statement)) && !_hasTemporaryTriggers,
        _ => false,
    };

    /// <summary>
    /// Called in a transaction before a Write, Schema, Pragma, Attach or Detach statement runs: refusals, lock, triggers. Returns the statement to run: another one where
    /// rows without a key get theirs from this log's range.
    /// </summary>
    public SqlStatement BeforeStatement(SqlStatement statement)
    {
        Observe();
        _isStatementRunning = true;
        if (ReferenceEquals(statement, _lastWrite))
        {
            // Run again and again in one transaction: its tables are noted and watched.
            return statement;
        }

        EndStatementSavepoint();
        if (statement.MentionsThreads)
        {
            Core.Guard.Check(statement);
        }

        switch (statement.Kind)
        {
            case SqlStatementKind.Write:
                return Capture(statement);
            case SqlStatementKind.Schema when !IsTemporary(statement):
                Lock();
                RefuseAttached(statement);
                BeforeSchema(statement);
                break;
            case SqlStatementKind.Schema:
                _hasTemporaryObjects |= statement.Verb == "CREATE";
                _hasTemporaryTriggers |= statement is { Verb: "CREATE", SchemaObject: "TRIGGER" or "VIEW" };
                ForgetReach();
                break;
            case SqlStatementKind.Attach:
                _hasAttached = true;
                ForgetReach();
                break;
            case SqlStatementKind.Pragma when string.Equals(statement.Target, "writable_schema", StringComparison.OrdinalIgnoreCase):
                throw ThreadsErrors.WritableSchema();
        }

        return statement;
    }

    /// <summary>A record written beside the user's statements, to be told of after the commit.</summary>
    public void Note(RecordInfo? record)
    {
        if (record is not null)
        {
            _sealed.Add(record);
        }
    }

    /// <summary>Called after such a statement succeeded: schema changes are taken in.</summary>
    public void AfterStatement(SqlStatement statement)
    {
        if (_inStatementSavepoint && statement.Kind == SqlStatementKind.Schema)
        {
            AfterSchema(statement);
        }

        Settled();
    }

    private void AfterSchema(SqlStatement statement)
    {

        _schemaChanged = true;
        ForgetReach();
        if (NewTable(statement) is { } table && Core.Binder.LacksKey(table))
        {
            Database.Execute("ROLLBACK TO " + StatementSavepoint);
            Core.ForgetSchema();
            EndStatementSavepoint();
            throw ThreadsErrors.NoKey(table);
        }

        EndStatementSavepoint();
        Fill(Core.FollowSchema(statement));
    }

    /// <summary>Rows change only between <see cref="BeforeStatement"/> and <see cref="AfterStatement"/>, or in here; what else changed came in past both.</summary>
    private void Observe()
    {
        if (!_isStatementRunning && InTransaction && Database.TotalChanges != _changesSeen)
        {
            _hasStrayWrites = true;
        }
    }

    private void Settled()
    {
        _isStatementRunning = false;
        _changesSeen = Database.TotalChanges;
    }

    /// <summary>A record that was sealed in this transaction without a statement of the user's.</summary>
    public void NoteSealed(RecordInfo record) => _sealed.Add(record);

    public void Dispose()
    {
        _guard.Remove();
        Core.Dispose();
        Database.Dispose();
        Inner.Dispose();
        _guard.Dispose();
        Core.Ranges.Dispose();
        Core.Functions.Dispose();
    }

    private Mark Here => _locked ? Core.LocalCommit.Here : default;

    private static string? NewTable(SqlStatement statement) => statement switch
    {
        { SchemaObject: "TABLE", Verb: "CREATE" } => statement.Target,
        { SchemaObject: "TABLE", Verb: "ALTER", OldColumn: null } => statement.NewName,
        _ => null,
    };

    private int Find(string savepoint) => _savepoints.FindLastIndex(s => string.Equals(s.Name, savepoint, StringComparison.OrdinalIgnoreCase));

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
        if (Core.EnterWrite(out var refill))
        {
            ForgetReach();
            Fill(refill);
        }
    }

    /// <summary>Fills tables from the log; what this transaction did so far must be in it.</summary>
    private void Fill(IReadOnlyList<long> collections)
    {
        if (collections.Count > 0 || Core.LocalCommit.Here.Deferred > 0)
        {
            SealCollected();
        }

        Core.Refill(collections);
    }

    /// <summary>Another thread's file may be read; its rows are its own log's to change.</summary>
    private void RefuseAttached(SqlStatement statement)
    {
        if (!_hasAttached)
        {
            return;
        }

        var names = new List<string>();
        var rows = Database["SELECT name FROM pragma_database_list WHERE seq > 1"];
        while (rows.Step())
        {
            names.Add(rows.Text(0));
        }

        var schema = statement.TargetSchema ?? (statement.Target is { } target && !Core.Catalog.IsObject(target)
            ? names.Find(n => Database.Scalar($"SELECT 1 FROM {SqliteDatabase.Quote(n)}.sqlite_master WHERE name = {SqliteDatabase.Literal(target)} COLLATE NOCASE") == 1) : null);
        if (schema is not null && names.Exists(n => n.Equals(schema, StringComparison.OrdinalIgnoreCase))
            && Database.Scalar($"PRAGMA {SqliteDatabase.Quote(schema)}.application_id") == InternalSchema.ApplicationId)
        {
            throw ThreadsErrors.AttachedThread(schema);
        }
    }

    /// <summary>A table that another tool made, and that can't be shared as it is.</summary>
    private void RefuseWithoutKey(SqlStatement statement)
    {
        if (statement.Verb != "DROP" && statement.Target is { } target && Core.Catalog.Find(target) is null && Core.Catalog.IsShared(target) && Core.Binder.LacksKey(target))
        {
            throw ThreadsErrors.NoKey(target);
        }
    }

    private SqlStatement Capture(SqlStatement statement)
    {
        if (!_reach.TryGetValue(statement, out var reached))
        {
            if (_reach.Count >= MaxKnownStatements)
            {
                _reach.Clear();
            }

            reached = IsTemporary(statement) ? null : Watch(statement);
            _reach.Add(statement, reached);
        }

        if (reached is not null)
        {
            Lock(); // which may have found another schema
            reached = _reach.TryGetValue(statement, out var known) ? known! : _reach[statement] = Watch(statement);
            foreach (var table in reached)
            {
                _touched.Add(table.Collection);
            }

            if (statement.Verb is "INSERT" or "REPLACE" && GiveKeys(statement, reached) is { } rewritten)
            {
                return rewritten;
            }
        }

        _lastWrite = statement;
        return statement;
    }

    /// <summary>Null while SQLite's own choice of keys is ours; otherwise the statement with keys from the range, or as it is under a guard that refuses rows without one.</summary>
    private SqlStatement? GiveKeys(SqlStatement statement, IReadOnlyList<TableSchema> reached)
    {
        SqlStatement? rewritten = null;
        foreach (var table in reached.Where(t => t.HasRowIdKey))
        {
            if (Core.Ranges.IsNatural(table))
            {
                Core.Ranges.Unguard(table);
                continue;
            }

            if (string.Equals(table.Name, statement.Target, StringComparison.OrdinalIgnoreCase)
                && KeylessInsert.TryRewrite(statement, table.Columns[0].Name, KeyRanges.Expression(table)) is { } text)
            {
                Core.Ranges.Prepare(table);
                rewritten = statement with { Text = text };
                if (!table.HasTriggers)
                {
                    // Under a BEFORE trigger SQLite computes the values of a single row twice, and a key would be lost.
                    Core.Ranges.Unguard(table);
                    continue;
                }
            }

            Core.Ranges.Guard(table);
        }

        return rewritten;
    }

    /// <summary>Puts triggers on the tables a statement may change.</summary>
    private IReadOnlyList<TableSchema> Watch(SqlStatement statement)
    {
        Lock();
        RefuseAttached(statement);
        RefuseWithoutKey(statement);
        var reach = Core.Catalog.Reach(statement.Target, statement.Text.Contains("REPLACE", StringComparison.OrdinalIgnoreCase), _hasTemporaryTriggers);
        foreach (var table in reach.Tables)
        {
            Core.Triggers.Install(table, reach.MayReplace);
        }

        return reach.Tables;
    }

    private void ForgetReach()
    {
        _reach.Clear();
        _lastWrite = null;
    }

    /// <summary>What statements noted so far becomes events now, by the schema they ran under; ALTER and DROP meet no trigger of ours.</summary>
    private void BeforeSchema(SqlStatement statement)
    {
        Collect();
        _lastWrite = null;
        if (statement is { SchemaObject: "TABLE", Verb: "ALTER" or "DROP", Target: { } target })
        {
            Core.Triggers.RemoveAll();
            Core.Ranges.Forget();
            ForgetReach();
            if (statement.Verb == "DROP")
            {
                // The implicit DELETE runs the foreign keys' actions on other tables, whose changes are events; its own rows' are not.
                foreach (var reached in Watch(new SqlStatement(SqlStatementKind.Write, "", target) { Verb = "DROP" }))
                {
                    _touched.Add(reached.Collection);
                }

                if (Core.Catalog.Find(target) is { } table)
                {
                    Core.Triggers.Remove(table);
                }
            }
        }

        Database.Execute("SAVEPOINT " + StatementSavepoint);
        _inStatementSavepoint = true;
    }

    private void EndStatementSavepoint()
    {
        if (_inStatementSavepoint)
        {
            _inStatementSavepoint = false;
            if (InTransaction)
            {
                Database.Execute("RELEASE " + StatementSavepoint);
            }
        }
    }

    private bool IsTemporaryTable(SqlStatement statement)
        => _hasTemporaryObjects && statement.Target is { } target && statement.TargetSchema is null
            && Database["SELECT 1 FROM sqlite_temp_master WHERE type = 'table' AND name = ? COLLATE NOCASE"].Bind(1, target).ScalarInt64() == 1;

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
        if (_touched.Count == 0)
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
    }

    private void SealCollected()
    {
        if (_locked && _touched.Count > 0 && Core.LocalCommit.Seal() is { } record)
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
            Committed?.Invoke(records);
        }
    }

    private void Reset(bool rolledBack)
    {
        _guard.Allow();
        if (rolledBack)
        {
            ForgetReach();
            Core.Stale();
            if (_touched.Count > 0)
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
        _savepointBegan = false;
        _inStatementSavepoint = false;
        _touched.Clear();
        _sealed.Clear();
        _schemaChanged = false;
        _hasStrayWrites = false;
        Settled();
    }

    private readonly record struct SavepointMark(string Name, Mark Record, int Sealed);
}
