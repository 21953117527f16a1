using System.Threading.Channels;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Data.Sqlite;
using Threads.Data.Storage;

namespace Threads.Data.Pipeline;

/// <summary>
/// Takes the records of a CAR file: one thread reads, hashes, decrypts and verifies ahead, this one writes, in transactions of some thousand records, so that what was
/// taken before a damage or a crash stays.
/// </summary>
internal sealed class CarImport
{
    private const int BatchRecords = 64;
    private const int BatchesAhead = 32;
    private const int TransactionRecords = 16_384;
    private const long SmallBytes = 16 << 10;

    private readonly ThreadsSession _session;
    private readonly SqliteDatabase _database;
    private readonly ThreadCore _core;
    private readonly RemoteApply _apply;
    private readonly AdmissionQueue _admissions;

    public CarImport(ThreadsSession session, SqliteDatabase database)
    {
        (_session, _database, _core, _apply) = (session, database, session.Core, new RemoteApply(session.Core));
        _admissions = new(_core.Pending, _core.Keys, _apply.Admit);
    }

    public ImportResult Run(Stream source, IProgress<ThreadsProgress>? progress, CancellationToken cancellationToken)
    {
        using var car = new CarReader(source);
        var reader = new ImportReader(_core.Keys, car, new ImportLimits());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var runs = new VouchedRuns(new ImportLimits().MaxRunBytes, _core.VerifyingKeys);
        // A record or two are read before another thread would be awake.
        var isSmall = source.CanSeek && source.Length - source.Position <= SmallBytes;
        var channel = isSmall
            ? Channel.CreateUnbounded<List<IncomingRecord>>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true })
            : Channel.CreateBounded<List<IncomingRecord>>(new BoundedChannelOptions(BatchesAhead) { SingleReader = true, SingleWriter = true });
        var reading = isSmall ? Read(reader, runs, channel.Writer, stop.Token) : Task.Run(() => Read(reader, runs, channel.Writer, stop.Token), CancellationToken.None);
        try
        {
            Write(channel.Reader, progress, cancellationToken);
        }
        finally
        {
            stop.Cancel();
            channel.Reader.TryRead(out _);
            Settle(reading);
        }

        reading.GetAwaiter().GetResult();
        Grant();
        var result = new ImportResult(_admissions.Added, _admissions.Known, _admissions.Waiting, _apply.Forks, _apply.Events) { NotDue = _apply.NotDue, Locked = _apply.Locked, OwnLogForked = _apply.OwnLogForked };
        return reader.Judge(_admissions.Added, _admissions.Refusal, runs.Unvouched) is { } error ? throw error : result;
    }

    private static async Task Read(ImportReader reader, VouchedRuns runs, ChannelWriter<List<IncomingRecord>> writer, CancellationToken cancellationToken)
    {
        var batch = new List<IncomingRecord>(BatchRecords);
        try
        {
            if (reader.TryReadHeader())
            {
                foreach (var record in reader.Records())
                {
                    foreach (var vouched in runs.Add(record))
                    {
                        batch.Add(vouched);
                    }

                    if (batch.Count >= BatchRecords)
                    {
                        await writer.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
                        batch = new List<IncomingRecord>(BatchRecords);
                    }
                }
            }

            batch.AddRange(runs.Flush());
            await writer.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The source failed, a limit was reached: what came before is taken, then the caller hears of it.
            batch.AddRange(runs.Flush());
            await writer.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
            throw;
        }
        finally
        {
            writer.Complete();
        }
    }

    private static void Settle(Task reading)
    {
        // Its failure is thrown by the caller, or came after ours.
        if (!reading.IsCompleted)
        {
            ((IAsyncResult)reading).AsyncWaitHandle.WaitOne();
        }
    }

    private void Write(ChannelReader<List<IncomingRecord>> batches, IProgress<ThreadsProgress>? progress, CancellationToken cancellationToken)
    {
        var more = true;
        while (more)
        {
            _session.Begin(deferred: false);
            _core.FoldScope.Enter();
            try
            {
                _apply.Begin();
                _admissions.Begin();
                more = Fill(batches, progress, cancellationToken);
                _apply.End();
            }
            catch
            {
                _core.FoldScope.Leave();
                _session.Rollback();
                throw;
            }

            _core.FoldScope.Leave();
            _session.Commit();
            if (_admissions.Added > 0)
            {
                CommitBus.Raise(_session.Options.DataSource);
            }
        }
    }

    /// <summary>Admits up to a transaction's worth of records; false at the end of the file.</summary>
    private bool Fill(ChannelReader<List<IncomingRecord>> batches, IProgress<ThreadsProgress>? progress, CancellationToken cancellationToken)
    {
        var inTransaction = 0;
        while (inTransaction < TransactionRecords)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!batches.TryRead(out var batch))
            {
                if (!batches.WaitToReadAsync(cancellationToken).AsTask().GetAwaiter().GetResult())
                {
                    return false;
                }

                continue;
            }

            _database.EnterMutex();
            try
            {
                foreach (var record in batch)
                {
                    _admissions.Admit(record);
                }
            }
            finally
            {
                _database.LeaveMutex();
            }

            inTransaction += batch.Count;
            progress?.Report(new ThreadsProgress(_admissions.Added + _admissions.Known + _admissions.Waiting, 0));
        }

        return true;
    }

    /// <summary>New logs get integer keys to give out, readers the read keys they lack, where this file has some to give.</summary>
    private void Grant()
    {
        var isMissing = _core.Rotation.IsMissing;
        if ((_apply.NewLogs == 0 && !isMissing) || !_core.Sealer.CanRead)
        {
            return;
        }

        _session.Begin(deferred: false);
        try
        {
            if (_apply.NewLogs > 0)
            {
                _session.Note(_core.Grants.GrantMissing());
            }

            if (isMissing)
            {
                new AccessChanges(_session).Complete();
            }

            _session.Commit();
        }
        catch
        {
            _session.Rollback();
            throw;
        }
    }
}
