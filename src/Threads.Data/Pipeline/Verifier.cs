using Microsoft.Data.Sqlite;
using Threads.Data.Cryptography;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Data.Records;
using Threads.Data.Resources;
using Threads.Data.Sqlite;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>
/// Checks everything the file claims: its structure, each record by its bytes, link, signature and content, and the tables against a fold from nothing. In a write transaction that the
/// caller rolls back: nothing is changed.
/// </summary>
internal sealed class Verifier(SqliteDatabase database, ThreadCore core)
{
    private const long MaxRunBytes = 64L << 20;

    private readonly PinnedBuffer _buffer = new();
    private readonly ShapeCache _shapes = new();
    private readonly byte[] _thread = core.Keys.Thread.ToBytes();
    private long _done;

    public VerificationResult Run(IProgress<ThreadsProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            if (FileDamage() is { } damage)
            {
                return new VerificationResult(0, damage, null, []);
            }

            var total = core.Records.Count();
            core.Logs.Forget();
            var record = Unclaimed() ?? core.Logs.All().Select(log => Check(log, () => Report(progress, total, cancellationToken))).FirstOrDefault(d => d is not null);
            progress?.Report(new ThreadsProgress(_done, total));
            return new VerificationResult(_done, null, record, record is null ? new TableComparison(database, core).Run(cancellationToken) : []);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB)
        {
            return new VerificationResult(_done, e.Message, null, []);
        }
    }

    private void Report(IProgress<ThreadsProgress>? progress, long total, CancellationToken cancellationToken)
    {
        if ((++_done & 0xFF) == 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new ThreadsProgress(_done, total));
        }
    }

    private string? FileDamage()
    {
        using var check = database.Prepare("PRAGMA quick_check(1)");
        var found = check.Step() ? check.Text(0) : "ok";
        check.Reset();
        return found == "ok" ? null : found;
    }

    /// <summary>Records of a log that is not in the list of logs.</summary>
    private DamagedRecord? Unclaimed()
    {
        var row = database["SELECT id FROM _threads_record WHERE id >> 40 NOT IN (SELECT id FROM _threads_log) ORDER BY id LIMIT 1"];
        if (!row.Step())
        {
            return null;
        }

        var id = row.Int64(0);
        row.Reset();
        return new DamagedRecord("", RecordId.Position(id), core.Records.CidOf(id)?.ToString() ?? "", Strings.VerifyNoLog());
    }

    private DamagedRecord? Check(LogEntry log, Action checkedOne)
    {
        var first = (log.Fork - 1 ?? 0) + 1;
        var previous = new CarExport(core.Stored).Previous(new CarExport.Stretch(log, first, log.Head));
        var time = 0L;
        var runs = new VouchedRuns(MaxRunBytes, core.VerifyingKeys);
        for (var position = first; position <= log.Head; position++)
        {
            if (CheckRecord(log, position, previous, ref time, out var record) is { } problem)
            {
                return Damaged(log, position, problem);
            }

            // The opening vouches for itself.
            if (position > 1)
            {
                runs.Add(record!).LastOrDefault();
            }

            previous = record!.Record.RecordCid;
            checkedOne();
        }

        runs.Flush();
        return runs.Unvouched is { } unvouched ? Damaged(log, unvouched.Position, Strings.ReasonSignature()) : null;
    }

    private string? CheckRecord(LogEntry log, long position, Cid previous, ref long time, out IncomingRecord? incoming)
    {
        incoming = null;
        if (!core.Records.TryRead(RecordId.Of(log.Id, position), out var row, out var storedTime))
        {
            return Strings.VerifyMissing();
        }

        if (core.Sealer.Restore(row, previous, log.Identity) is not { } record)
        {
            return Strings.VerifyMalformed();
        }

        if (record.RecordCid != core.Records.CidOf(RecordId.Of(log.Id, position)))
        {
            return Strings.VerifyCid(record.RecordCid.ToString());
        }

        if (!core.Sealer.CanRead || core.Locked.Has(RecordId.Of(log.Id, position)))
        {
            incoming = new IncomingRecord(record) { LogKey = log.PublicKey, Position = position };
            return null;
        }

        var refusal = core.Sealer.TryOpen(record.Row, _buffer, out var payload);
        return refusal == RecordRefusal.None ? CheckPayload(log, position, record, payload, storedTime, ref time, out incoming) : Strings.ReasonBlocks(refusal.ToString());
    }

    private string? CheckPayload(LogEntry log, long position, SealedRecord record, ReadOnlySpan<byte> payload, long storedTime, ref long time, out IncomingRecord? incoming)
    {
        incoming = new IncomingRecord(record) { LogKey = log.PublicKey, Position = position, Payload = position == 1 ? payload.ToArray() : null };
        try
        {
            var reader = new CborReader(payload);
            var header = PayloadHeader.Read(ref reader, _shapes);
            PayloadCheck.Events(ref reader, header);
            if (!header.LogId.SequenceEqual(Identity.LogId.FromPublicKey(log.PublicKey).ToBytes()))
            {
                return Strings.VerifyOtherLog();
            }

            if (header.Position != position)
            {
                return Strings.ReasonPosition(header.Position, position);
            }

            if (header.Time <= time || header.Time != storedTime || header.EventCount != StoredEvents(log, position))
            {
                return Strings.VerifyTime(header.Time, time, storedTime);
            }

            time = header.Time + header.EventCount - 1;
            if (position == 1)
            {
                Openings.Check(incoming, _thread);
                return Ed25519PublicKey.TryCreate(log.PublicKey, out var key) && SignatureHolds(record, key) ? null : Strings.ReasonOpeningSignature();
            }

            return null;
        }
        catch (Exception e) when (e is CborException or FormatException)
        {
            return Strings.ReasonPayload(e.Message);
        }
        catch (ThreadsException e) when (e.ThreadsErrorCode == ThreadsErrorCode.RecordRefused)
        {
            return e.Message;
        }
    }

    private static bool SignatureHolds(SealedRecord record, Ed25519PublicKey key)
    {
        using (key)
        {
            return record.SignatureHolds(key);
        }
    }

    private long StoredEvents(LogEntry log, long position) => database["SELECT events FROM _threads_record WHERE id = ?"].Bind(1, RecordId.Of(log.Id, position)).ScalarInt64();

    private DamagedRecord Damaged(LogEntry log, long position, string problem)
        => new(Convert.ToHexStringLower(log.PublicKey), position, core.Records.CidOf(RecordId.Of(log.Id, position))?.ToString() ?? "", problem);
}
