using System.Buffers.Binary;
using Threads.Data.Logs;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>Where an event stands in the total order: its time and the record that holds it. The event's index is its time less its record's.</summary>
internal readonly record struct Clock(long Time, long Record)
{
    public static Clock None => new(-1, 0);

    public bool IsNone => Time < 0;
}

/// <summary>
/// The total order (time, log id, position, record digest): all but the first only where two peers met the same nanosecond, or wrote the same seed data; the last only in a fork.
/// </summary>
internal sealed class ClockOrder(LogStore logs, RecordStore records) : IComparer<Clock>
{
    public int Compare(Clock x, Clock y)
    {
        if (x.Time != y.Time || x.Record == y.Record)
        {
            return x.Time.CompareTo(y.Time);
        }

        var byLog = logs.Get(RecordId.Log(x.Record)).PublicKey.AsSpan().SequenceCompareTo(logs.Get(RecordId.Log(y.Record)).PublicKey);
        if (byLog == 0)
        {
            byLog = RecordId.Position(x.Record).CompareTo(RecordId.Position(y.Record));
        }

        return byLog != 0 ? byLog : records.CidOf(x.Record)!.Value.Digest.SequenceCompareTo(records.CidOf(y.Record)!.Value.Digest);
    }

    /// <summary>Bytes that order clocks of the same time as <see cref="Compare"/> does.</summary>
    public byte[] TieBreak(Clock clock)
    {
        Span<byte> position = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(position, RecordId.Position(clock.Record));
        return [.. logs.Get(RecordId.Log(clock.Record)).PublicKey, .. position, .. records.CidOf(clock.Record)!.Value.Digest];
    }

    public bool IsAfter(Clock x, Clock y) => Compare(x, y) > 0;
}
