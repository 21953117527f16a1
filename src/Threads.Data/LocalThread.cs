using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Data.Pipeline;
using Threads.Data.Views;

namespace Threads.Data;

/// <summary>
/// The thread in a connection's database: its identity, its records, and the work on all of them. Members use the connection and, like its other members, must not be called
/// from two threads at once; those ending in Async run on the thread pool.
/// </summary>
public sealed partial class LocalThread
{
    private readonly ThreadsConnection _connection;

    internal LocalThread(ThreadsConnection connection) => _connection = connection;

    /// <summary>The thread's id; the same on every peer.</summary>
    public ThreadId Id => ThreadId.FromBytes(Core.Meta.Bytes("thread") ?? throw ThreadsErrors.KeyMissing("thread id"));

    /// <summary>The key that admits to the thread, a copy to dispose of: whoever has it may read, and write a log of their own.</summary>
    public ThreadKey Key
    {
        get
        {
            var keys = Core.Keys;
            Span<byte> bytes = stackalloc byte[2 * ThreadKey.KeySizeBytes];
            keys.Replica.CopyTo(bytes);
            keys.Read?.CopyTo(bytes[ThreadKey.KeySizeBytes..]);
            var key = ThreadKey.FromBytes(keys.Read is null ? bytes[..ThreadKey.KeySizeBytes] : bytes);
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
            return key;
        }
    }

    /// <summary>The log this database writes; it begins with the first commit.</summary>
    public LogId LogId => LogId.FromPublicKey(Core.Keys.Log.PublicKey);

    /// <summary>The identity that writes it.</summary>
    public PeerId Identity => PeerId.FromPublicKey(Core.Keys.Identity.PublicKey);

    /// <summary>How far each log is here, for <see cref="ExportAsync"/> of the other side.</summary>
    public ThreadHeads Heads
    {
        get
        {
            Core.Logs.Forget();
            return ThreadRecords.HeadsOf(Core.Logs, Core.Records);
        }
    }

    private ThreadsSession Session => _connection.OpenSession();

    private ThreadCore Core => Session.Core;

    /// <summary>SHA-256 over all rows of all shared tables: equal on two peers with the same schema when their tables are.</summary>
    public byte[] Digest(CancellationToken cancellationToken = default) => _connection.Guarded(() => Reading(() =>
    {
        Core.Catalog.Forget();
        return new TableDigest(Session.Database, Core.Catalog).Compute(cancellationToken);
    }));

    /// <inheritdoc cref="Digest" />
    public Task<byte[]> DigestAsync(CancellationToken cancellationToken = default) => Task.Run(() => Digest(cancellationToken), cancellationToken);

    /// <summary>Writes the records another peer lacks as a CAR file, the most compact and universal way to carry them (CARv1). The stream stays open.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="since">What the other side has (<see cref="Heads"/> there); null: everything.</param>
    /// <param name="progress">Records written, of how many.</param>
    /// <param name="cancellationToken">Stops between two records.</param>
    /// <returns>The number of records written.</returns>
    public long Export(Stream destination, ThreadHeads? since = null, IProgress<ThreadsProgress>? progress = null, CancellationToken cancellationToken = default)
        => _connection.Guarded(() => Reading(() =>
        {
            ArgumentNullException.ThrowIfNull(destination);
            Core.Logs.Forget();
            var export = new CarExport(Core.Stored);
            var plan = export.Plan(since);
            var manifest = CarExport.Manifest(plan);
            using var car = new CarWriter(destination);
            car.WriteHeader([Cid.ForDagCbor(manifest)]);
            car.WriteBlock(Cid.ForDagCbor(manifest), manifest);
            foreach (var (cid, block) in export.Blocks(plan, progress))
            {
                cancellationToken.ThrowIfCancellationRequested();
                car.WriteBlock(cid, block.Span);
            }

            car.Flush();
            return plan.Sum(s => s.Last - s.First + 1);
        }));

    /// <inheritdoc cref="Export" />
    public Task<long> ExportAsync(Stream destination, ThreadHeads? since = null, IProgress<ThreadsProgress>? progress = null, CancellationToken cancellationToken = default)
        => Task.Run(() => Export(destination, since, progress, cancellationToken), cancellationToken);

    /// <summary>Takes the records of a CAR file from anybody: their order, duplicates and gaps don't matter. What was taken before an error stays.</summary>
    /// <param name="source">What <see cref="ExportAsync"/> wrote, or another tool that keeps the blocks.</param>
    /// <param name="progress">Records so far.</param>
    /// <param name="cancellationToken">Stops between two batches; what was committed stays.</param>
    /// <exception cref="ThreadsException">The file is cut short, damaged or of another thread, or a record is refused.</exception>
    public ImportResult Import(Stream source, IProgress<ThreadsProgress>? progress = null, CancellationToken cancellationToken = default)
        => _connection.Guarded(() =>
        {
            ArgumentNullException.ThrowIfNull(source);
            return new CarImport(Session, Session.Database).Run(source, progress, cancellationToken);
        });

    /// <inheritdoc cref="Import" />
    public Task<ImportResult> ImportAsync(Stream source, IProgress<ThreadsProgress>? progress = null, CancellationToken cancellationToken = default)
        => Task.Run(() => Import(source, progress, cancellationToken), cancellationToken);

    /// <summary>Empties the shared tables and makes them again from the records alone.</summary>
    /// <param name="progress">Records folded, of how many.</param>
    /// <param name="cancellationToken">Leaves the tables as they were.</param>
    public void RebuildViews(IProgress<ThreadsProgress>? progress = null, CancellationToken cancellationToken = default)
        => _connection.Guarded(() => Writing(() =>
        {
            Session.Unwatch();
            Core.Rebuild.All(progress, cancellationToken);
            return true;
        }));

    /// <inheritdoc cref="RebuildViews" />
    public Task RebuildViewsAsync(IProgress<ThreadsProgress>? progress = null, CancellationToken cancellationToken = default)
        => Task.Run(() => RebuildViews(progress, cancellationToken), cancellationToken);

    /// <summary>Keeps a table out of the thread: its rows stay in this file. Call it before the table is created; it needs no primary key then.</summary>
    /// <exception cref="ThreadsException">The table holds shared rows already.</exception>
    public void MarkLocal(string table) => _connection.Guarded(() => Writing(() =>
    {
        if (Core.Catalog.Find(table) is { } shared && Session.Database[$"SELECT 1 FROM _threads_entity WHERE c = ? LIMIT 1"].Bind(1, shared.Collection).ScalarInt64() == 1)
        {
            throw ThreadsErrors.LocalTooLate(table);
        }

        Core.Binder.MakeLocal(table);
        return true;
    }));

    /// <summary>Declares how concurrent changes of a column come together (docs/merging.md); it counts for what is written here from now on.</summary>
    /// <param name="table">A shared table.</param>
    /// <param name="column">One of its columns, not of the key.</param>
    /// <param name="kind">How; null: the last writer wins, as where nothing is declared.</param>
    /// <exception cref="ThreadsException">There is no such table or column.</exception>
    public void SetMerge(string table, string column, MergeKind? kind) => _connection.Guarded(() => Writing(() =>
    {
        ArgumentException.ThrowIfNullOrEmpty(table);
        ArgumentException.ThrowIfNullOrEmpty(column);
        Session.DeclareMerge(table, column, kind?.Name);
        return true;
    }));

    /// <summary>
    /// Says how a change came about that is written next: an UPDATE that sets a column of merge kind text to <paramref name="text"/> is recorded as its edits, not as the shortest
    /// difference. Where the column holds another text by then than the one the edits began with, since something arrived in between, both are merged. Counts once, until the next
    /// commit that writes; <see cref="ThreadText.AcceptEdits"/> afterwards. An EF Core context does this by itself.
    /// </summary>
    /// <param name="text">Edits from <see cref="ThreadText.Original"/> to the text as it is.</param>
    public void RecordEdits(ThreadText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        _connection.Guarded(() =>
        {
            Core.Catalog.Merges.Author.Record(new Merging.RecordedChange(text.Original, text.ToString(), text.HasEdits ? text.ToOperation() : null));
            return true;
        });
    }

    /// <summary>
    /// Says what was seen of a cell that is written next: a change of a column of merge kind text or list from <paramref name="seen"/> to <paramref name="written"/> is merged with
    /// what came in between. Counts once, until the next commit that writes. An EF Core context does this by itself.
    /// </summary>
    /// <param name="seen">The text, or the JSON array, that the change began with.</param>
    /// <param name="written">What the UPDATE sets.</param>
    public void RecordChange(string seen, string written)
    {
        ArgumentNullException.ThrowIfNull(seen);
        ArgumentNullException.ThrowIfNull(written);
        _connection.Guarded(() =>
        {
            Core.Catalog.Merges.Author.Record(new Merging.RecordedChange(seen, written, null));
            return true;
        });
    }

    /// <summary>Lets a view see one committed state.</summary>
    internal void ReadView(Action<ThreadCore> work) => _connection.Guarded(() => Reading(() =>
    {
        work(Core);
        return true;
    }));

    /// <summary>Changes the access lists; what is refused leaves nothing.</summary>
    internal void ChangeAccess(Action<AccessChanges> work) => _connection.Guarded(() => Writing(() =>
    {
        work(new AccessChanges(Session));
        return true;
    }));

    /// <summary>Lets a view keep what it has, where that can be written now; otherwise another time.</summary>
    internal void WriteView(Action<ThreadCore> work)
    {
        if (Session.InTransaction || Session.Options.IsReadOnly)
        {
            return;
        }

        _connection.Guarded(() => Writing(() =>
        {
            work(Core);
            return true;
        }));
    }

    private T Reading<T>(Func<T> work)
    {
        if (Session.InTransaction)
        {
            return work();
        }

        if (Session.HasDue)
        {
            _connection.Physical!.TakeDue();
        }

        Session.Begin(deferred: true);
        try
        {
            return work();
        }
        finally
        {
            Session.EndReading();
        }
    }

    private T Writing<T>(Func<T> work)
    {
        if (Session.InTransaction)
        {
            var part = work();
            Session.Settled();
            return part;
        }

        Session.Begin(deferred: false);
        try
        {
            var result = work();
            Session.Commit();
            return result;
        }
        catch
        {
            Session.Rollback();
            throw;
        }
    }
}
