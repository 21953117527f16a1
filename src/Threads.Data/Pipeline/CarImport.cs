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
internal sealed class CarImport(ThreadsSession session, SqliteDatabase database)
{
    private const int BatchRecords = 256;
    private const int BatchesAhead = 8;
    private const int TransactionRecords = 16_384;

    private readonly ThreadCore _core = session.Core;
    private readonly RemoteApply _apply = new(session.Core);
    private readonly PendingStore _pending = session.Core.Pending;
    private readonly Queue<(IncomingRecord Record, bool HasWaited)> _open = new();
    private readonly HashSet<string> _refusedLogs = [];
    private ThreadsException? _refusal;
    private bool _hasPending;
    private long _added;
    private long _known;
    private long _waiting;

    public ImportResult Run(Stream source, IProgress<ThreadsProgress>? progress, CancellationToken cancellationToken)
    {
        using var car = new CarReader(source);
        var reader = new ImportReader(_core.Keys, car, new ImportLimits());
        var channel = Channel.CreateBounded<List<IncomingRecord>>(new BoundedChannelOptions(BatchesAhead) { SingleReader = true, SingleWriter = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var runs = new VouchedRuns(new ImportLimits().MaxRunBytes);
        var reading = Task.Run(() => Read(reader, car, runs, channel.Writer, stop.Token), CancellationToken.None);
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
        var result = new ImportResult(_added, _known, _waiting, _apply.Forks, _apply.Events) { NotDue = _apply.NotDue, OwnLogForked = _apply.OwnLogForked };
        if (reader.Damage is { } damage)
        {
            throw damage.Error == CarError.Truncated ? ThreadsErrors.ImportTruncated(_added, damage) : ThreadsErrors.ImportDamaged(_added, damage.Message, damage);
        }

        if (reader.IsForeign)
        {
            throw ThreadsErrors.ImportForeign();
        }

        if ((reader.Refusal ?? _refusal) is { } refusal)
        {
            throw refusal;
        }

        if (reader.Opened < reader.Promised)
        {
            throw ThreadsErrors.ImportTruncated(_added, new CarException(CarError.Truncated, car.Offset));
        }

        return runs.Unvouched is { } unvouched ? throw ThreadsErrors.RecordRefused(unvouched.Record.RecordCid.ToString(), Resources.Strings.ReasonSignature(), null) : result;
    }

    private static async Task Read(ImportReader reader, CarReader car, VouchedRuns runs, ChannelWriter<List<IncomingRecord>> writer, CancellationToken cancellationToken)
    {
        var batch = new List<IncomingRecord>(BatchRecords);
        try
        {
            if (TryReadHeader(reader, car))
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

    private static bool TryReadHeader(ImportReader reader, CarReader car)
    {
        try
        {
            car.ReadHeader();
            return true;
        }
        catch (CarException e)
        {
            reader.Fail(e);
            return false;
        }
    }

    private static void Settle(Task reading)
    {
        // Its failure is thrown by the caller, or came after ours.
        ((IAsyncResult)reading).AsyncWaitHandle.WaitOne();
    }

    private void Write(ChannelReader<List<IncomingRecord>> batches, IProgress<ThreadsProgress>? progress, CancellationToken cancellationToken)
    {
        var more = true;
        while (more)
        {
            session.Begin(deferred: false);
            _core.FoldScope.Enter();
            try
            {
                _apply.Begin();
                _hasPending = !_pending.IsEmpty;
                more = Fill(batches, progress, cancellationToken);
                _apply.End();
            }
            catch
            {
                _core.FoldScope.Leave();
                session.Rollback();
                throw;
            }

            _core.FoldScope.Leave();
            session.Commit();
            if (_added > 0)
            {
                CommitBus.Raise(session.Options.DataSource);
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

            database.EnterMutex();
            try
            {
                foreach (var record in batch)
                {
                    Admit(record);
                }
            }
            finally
            {
                database.LeaveMutex();
            }

            inTransaction += batch.Count;
            progress?.Report(new ThreadsProgress(_added + _known + _waiting, 0));
        }

        return true;
    }

    /// <summary>Admits a record and what waited for it, one after the other: a chain that waits may be long.</summary>
    private void Admit(IncomingRecord record)
    {
        _open.Enqueue((record, false));
        while (_open.TryDequeue(out var next))
        {
            AdmitOne(next.Record, next.HasWaited);
        }
    }

    private void AdmitOne(IncomingRecord record, bool hasWaited)
    {
        if (_refusedLogs.Count > 0 && _refusedLogs.Contains(Convert.ToHexStringLower(record.LogKey)))
        {
            return;
        }

        try
        {
            switch (_apply.Admit(record))
            {
                case Admission.Added:
                    _added++;
                    AdmitFollowers(record.Record.RecordCid);
                    break;
                case Admission.Known:
                    _known++;
                    break;
                case Admission.Gap:
                    Keep(record);
                    break;
            }
        }
        catch (ThreadsException e) when (e.ThreadsErrorCode == ThreadsErrorCode.RecordRefused)
        {
            if (hasWaited)
            {
                // Somebody else sent it, long ago; whoever sent what it waited for has done nothing wrong.
                return;
            }

            _refusal ??= e;
            _refusedLogs.Add(Convert.ToHexStringLower(record.LogKey));
        }
    }

    /// <summary>New logs get keys to give out, where this file has some to grant.</summary>
    private void Grant()
    {
        if (_apply.NewLogs == 0 || !_core.Sealer.CanRead)
        {
            return;
        }

        session.Begin(deferred: false);
        try
        {
            session.Note(_core.Grants.GrantMissing());
            session.Commit();
        }
        catch
        {
            session.Rollback();
            throw;
        }
    }

    private void AdmitFollowers(Cid cid)
    {
        if (!_hasPending)
        {
            return;
        }

        foreach (var (log, blocks) in _pending.TakeAfter(cid))
        {
            _waiting--;
            _open.Enqueue((PendingBlocks.Open(blocks, new RecordIntake(_core.Keys), log), true));
        }
    }

    private void Keep(IncomingRecord record)
    {
        if (_pending.Count >= PendingStore.MaxRecords)
        {
            throw ThreadsErrors.RecordRefused(record.Record.RecordCid.ToString(), Resources.Strings.ReasonTooManyWaiting(), null);
        }

        if (_pending.Add(record.Record.RecordCid, record.LogKey, record.Record.Previous, PendingBlocks.Pack(record.Record)))
        {
            _waiting++;
        }
        else
        {
            _known++;
        }

        _hasPending = true;
    }
}
