using SQLitePCL;
using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Logs;
using Threads.Data.Sqlite;
using Threads.Data.Storage;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>
/// Stores, clock and fold of one connection, put together once. What they cache is valid while the file's data and schema versions stand (decision 12):
/// <see cref="EnterWrite"/> looks.
/// </summary>
internal sealed partial class ThreadCore : IDisposable
{
    private readonly SqliteDatabase _database;
    private KeyRing? _keys;
    private readonly PayloadWriter _payload = new();
    private RecordFold? _recordFold;
    private bool _isAtHome;
    private long _dataVersion = -1;
    private long _schemaVersion = -1;
    private long _bindings;
    private bool? _mayWait;
    private bool _isNewSchema;

    public ThreadCore(sqlite3 handle, SqliteDatabase database, ThreadFileOptions options, KeyRing? keys)
    {
        _database = database;
        _keys = keys;
        Options = options;
        Functions = new SessionFunctions(database);
        Updates = new UpdateNotes(database, Functions);
        Functions.NoteIn(Updates);
        Guard = new InternalGuard(database);
        Ranges = new KeyRanges(database);
        Meta = new MetaStore(database);
        Catalog = new SchemaCatalog(database);
        Aliases = new Aliases(database);
        Binder = new SchemaBinder(database, Catalog, Aliases);
        Triggers = new CaptureTriggers(database);
        Records = new RecordStore(database);
        Logs = new LogStore(database, Records);
        Clock = new HybridClock(options.Time);
        Order = new ClockOrder(Logs, Records);
        Mirrors = new TriggerMirrors(database, Catalog);
        FoldScope = new FoldScope(handle, database, Functions, Catalog, Mirrors);
    }

    public ThreadFileOptions Options { get; }

    public SqliteDatabase Database => _database;

    public SessionFunctions Functions { get; }

    public UpdateNotes Updates { get; }

    public InternalGuard Guard { get; }

    public MetaStore Meta { get; }

    public SchemaCatalog Catalog { get; }

    public SchemaBinder Binder { get; }

    public Aliases Aliases { get; }

    public CaptureTriggers Triggers { get; }

    public TriggerMirrors Mirrors { get; }

    public RecordStore Records { get; }

    public LogStore Logs { get; }

    public HybridClock Clock { get; }

    public ClockOrder Order { get; }

    public FoldScope FoldScope { get; }

    /// <summary>The file's keys. A file that is opened to be read only needs none until something asks for what lies in its records.</summary>
    /// <exception cref="ThreadsException">The password is missing or wrong, or the file is empty.</exception>
    public KeyRing Keys => _keys ??= Options.IsReadOnly && Meta.IsThere ? KeyRing.Load(_database, Options.Protection) : throw ThreadsErrors.ReadOnly();

    /// <summary>Whether the file's keys lie under something else than those at hand were read from.</summary>
    public bool IsProtectionOther => _keys is not null && !_keys.IsWrappedBy(Meta.Bytes(KeyRing.WrapName));

    public VerifyingKeys VerifyingKeys { get; } = new();

    public PendingStore Pending => field ??= new PendingStore(_database);

    public ThreadRecords Stored => field ??= new ThreadRecords(Logs, Records, Pending, Sealer);

    public OutsideMarks Outside => field ??= new OutsideMarks(_database, Catalog);

    public RecordFold RecordFold => _recordFold ??= new RecordFold(_database, Catalog, Aliases, Fold, Grants.Take, Access, JudgedFold);

    public RowSchemas RowSchemas => _rowSchemas ??= new RowSchemas(_database);

    public KeyRanges Ranges { get; }

    public KeyGrants Grants => field ??= new KeyGrants(_database, this);

    public ThreadSealer Sealer => field ??= new ThreadSealer(Keys, Options.Random, () => Access.IsJudging ? Rotation.WriteKey : null);

    public OwnLog OwnLog => field ??= new OwnLog(Keys, Meta, Logs, Records, Sealer, _payload, Clock);

    public LocalCommit LocalCommit => _localCommit ??= new LocalCommit(
        new ChangeCollector(_database, _payload, RowSchemas, Catalog.Merges), Updates, new EntityIndexer(Entities, LocalRows, Outside, Access), LocalRows, Constraints, Refold, _payload, Sealer, OwnLog, Records, Clock, FoldScope, Catalog, Aliases, LeaveClosed);

    public Rebuild Rebuild => field ??= new Rebuild(_database, this);

    /// <summary>With the write lock held: takes in what other connections did. True when the schema is another one; then <paramref name="refill"/> names collections to <see cref="Refill"/>.</summary>
    public bool EnterWrite(out IReadOnlyList<long> refill)
    {
        refill = [];
        var data = _database.Int64("PRAGMA data_version");
        if (data == _dataVersion && _schemaVersion >= 0)
        {
            // Nobody else has committed since, and what this connection did is taken in.
            return false;
        }

        if (data != _dataVersion)
        {
            _dataVersion = data;
            _mayWait = null;
            Options.NextDue = 0;
            CheckVersion();
            Logs.Forget();
            OwnLog.Forget();
            _events?.Forget();
            _bulk?.Forget();
            _held?.Forget();
            _rowSchemas?.Forget();
            _access?.Forget();
            if (Catalog.Merges.IsChanged())
            {
                Catalog.Forget();
                _recordFold?.Forget();
            }

            Keys.FollowLog(_database, Options.Protection);
            Keys.FollowReads(_database, Options.Protection);
            LeaveOriginal();
            var bindings = Meta.Int64("bindings") ?? 0;
            if (bindings != _bindings)
            {
                // A record told that names here are another's (decision 13).
                _bindings = bindings;
                ForgetSchema();
            }

            Clock.Last = Math.Max(Meta.Int64("clock") ?? 0, OwnLog.Find()?.HeadTime ?? 0);
        }

        var schema = _database.Int64("PRAGMA schema_version");
        if (schema == _schemaVersion)
        {
            return false;
        }

        ForgetSchema();
        _schemaVersion = schema;
        _isNewSchema = true;
        if (Meta.Int64("schema") != schema)
        {
            refill = Follow(null);
            NoteSchemaVersion();
        }

        if (Catalog.Merges.TakeFound() is { Count: > 0 } found)
        {
            refill = [.. refill.Union(found)];
        }

        FoldScope.Follow();

        // Triggers on columns that are gone would fail every write, ours too.
        Triggers.RemoveStale(Catalog);
        Ranges.Forget();
        return true;
    }

    /// <summary>The transaction is over, committed or not.</summary>
    public void EndWrite()
    {
        _isNewSchema = false;
        _bulk?.EndWrite();
        _recordFold?.Committed();
        Catalog.Merges.Committed();
    }

    /// <summary>Another process may have upgraded the file while this one had it open.</summary>
    private void CheckVersion()
    {
        var version = Meta.Int64("version") ?? 0;
        if (version != InternalSchema.Version)
        {
            throw ThreadsErrors.NewerFile(Options.DataSource, version, InternalSchema.Version);
        }
    }

    /// <summary>A copied or restored file goes on in a log of its own, without the keys granted to the old one (decisions 8 and 12).</summary>
    private void LeaveOriginal()
    {
        if (_isAtHome)
        {
            return;
        }

        if (FilePlace.IsCopy(_database, Options))
        {
            BeginLog();
        }

        _isAtHome = true;
    }

    /// <summary>In a write transaction: this file goes on in a log of its own, without the keys granted to the old one.</summary>
    public void BeginLog()
    {
        // The new log continues the old one's time: this file's rows are of it.
        Meta.Set("clock", Math.Max(Meta.Int64("clock") ?? 0, OwnLog.Find()?.HeadTime ?? 0));
        Keys.RenewLog(_database, Options);
        _database.Execute("DELETE FROM _threads_range");
        OwnLog.Forget();
    }

    /// <summary>After a rollback: nothing read or made in the transaction counts.</summary>
    public void Stale()
    {
        _dataVersion = -1;
        _mayWait = null;
        // What was due may have been taken in the transaction that is undone: it waits again.
        Options.NextDue = 0;
        _isAtHome = false;
        Logs.Forget();
        OwnLog.Forget();
        Triggers.Forget();
        Ranges.Forget();
        _rowSchemas?.Forget(isRolledBack: true);
        _recordFold?.RolledBack();
        Mirrors.Forget();
        ForgetNotedMerges();
        _access?.Forget();
        _bulk?.Forget();
        _held?.Forget();
        _rowReader?.Forget();
        if (_isNewSchema)
        {
            ForgetSchema();
        }
    }

    /// <summary>After a rollback to a savepoint, too: what was noted of operations is noted again when the next one comes.</summary>
    public void ForgetNotedMerges()
    {
        if (Catalog.Merges.RolledBack())
        {
            _recordFold?.Forget();
        }
    }

    public void ForgetSchema()
    {
        _schemaVersion = -1;
        Catalog.Forget();
        ForgetBindings();
    }

    /// <summary>What was made of the schema as it was.</summary>
    private void ForgetBindings()
    {
        _recordFold?.Forget();
        Mirrors.Forget();
        ConstraintCatalog.Forget();
        _rowReader?.Forget();
        _held?.Forget();
    }

    /// <summary>After a schema statement: takes in new bindings. Returns the collections whose tables the log can fill: <see cref="Refill"/>.</summary>
    public IReadOnlyList<long> FollowSchema(SqlStatement statement)
    {
        ForgetBindings();
        var refill = Follow(statement);
        FoldScope.Follow();
        return refill;
    }

    private IReadOnlyList<long> Follow(SqlStatement? statement)
    {
        var refill = Binder.Follow(statement, FromHere());
        ForgetBindings();
        SchemaConstraints.Follow();
        if (!Options.IsMemory)
        {
            Outside.Follow();
        }

        return refill;
    }

    /// <summary>The time up to which events are not a table's that is made now anew: what this transaction did before is earlier, what it does from now on is later.</summary>
    private long FromHere()
    {
        var now = (_localCommit?.NextTime ?? Clock.Peek()) - 1;
        Clock.Observe(now);
        return now;
    }

    /// <summary>Who wants to know how a fill of tables from the log goes on, and may end it.</summary>
    public IProgress<ThreadsProgress>? FillProgress { get; set; }

    public CancellationToken FillCancellation { get; set; }

    /// <summary>Collections whose tables a migration left to be filled from the log.</summary>
    public IReadOnlyList<long> Waiting()
    {
        if (_mayWait == false)
        {
            return [];
        }

        var waiting = new List<long>();
        var rows = _database["SELECT id FROM _threads_collection WHERE fill = 1"];
        while (rows.Step())
        {
            waiting.Add(rows.Int64(0));
        }

        _mayWait = waiting.Count > 0;
        return waiting;
    }

    /// <summary>Leaves collections to be filled later.</summary>
    public void LetWait(IReadOnlyList<long> collections)
    {
        foreach (var collection in collections)
        {
            _database["UPDATE _threads_collection SET fill = 1 WHERE id = ?"].Bind(1, collection).Run();
            _mayWait = null;
        }
    }

    /// <summary>What was left to be filled is.</summary>
    public void NoneWaits()
    {
        _database["UPDATE _threads_collection SET fill = 0 WHERE fill = 1"].Run();
        _mayWait = false;
    }

    /// <summary>Makes the rows of these collections anew from the log, and of those that records told to be others' under another name.</summary>
    public void Refill(IReadOnlyList<long> collections)
    {
        var renamed = Aliases.TakeRefill();
        for (var next = renamed.Count == 0 ? collections : [.. collections, .. renamed]; next.Count > 0; next = Aliases.TakeRefill())
        {
            Catalog.Forget();
            Rebuild.Collections(next, FillProgress, FillCancellation);
        }
    }

    /// <summary>The file's schema is bound as it stands now.</summary>
    public void NoteSchemaVersion()
    {
        _schemaVersion = _database.Int64("PRAGMA schema_version");
        Meta.Set("schema", _schemaVersion);
    }

    public void Dispose()
    {
        // Its statements are the ones nobody else keeps: one left open keeps the file, and its write-ahead log, open too.
        _recordFold?.Forget();
        _payload.Dispose();
        VerifyingKeys.Dispose();
        if (_keys != Options.Keys)
        {
            _keys?.Dispose();
        }
    }
}
