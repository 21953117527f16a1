using Threads.Data.Events;
using Threads.Data.Identity;

namespace Threads.Data;

/// <summary>One write of one column of a row, or of the whole row where <see cref="Column"/> is null, as <see cref="LocalThread.History"/> tells it.</summary>
public sealed record ThreadWrite
{
    /// <summary>The table.</summary>
    public required string Table { get; init; }

    /// <summary>The column, by its name here; by its name in events where the table has none for it. Null for a delete or release, and for a create of nothing but a key.</summary>
    public string? Column { get; init; }

    /// <summary><see cref="EventKind.Create"/>, <see cref="EventKind.Save"/>, <see cref="EventKind.Delete"/>, or <see cref="EventKind.Release"/>: the row was held back and gave way.</summary>
    public required EventKind Kind { get; init; }

    /// <summary>The operation, such as + of a counter, that made the new value of the old one; null: it was assigned.</summary>
    public string? Operation { get; init; }

    /// <summary>What stood there before, at this place of the total order; null for NULL, and where nothing did. A <see cref="long"/>, <see cref="double"/>, <see cref="string"/> or <see cref="byte"/> array.</summary>
    public object? OldValue { get; init; }

    /// <summary>What stood there afterwards.</summary>
    public object? NewValue { get; init; }

    /// <summary>Whether the value here is this write's (of operations: this one counts in it), or the row is gone by it. False once a later write took its place.</summary>
    public required bool Won { get; init; }

    /// <summary>Its hybrid time, in nanoseconds since 1970; writes are in this order.</summary>
    public required long Time { get; init; }

    /// <summary>The same as a date in UTC.</summary>
    public DateTime WrittenAt => DateTime.UnixEpoch.AddTicks(Time / 100);

    /// <summary>The log that holds it, by its number in this file (<c>threads_logs</c>).</summary>
    public required long Log { get; init; }

    /// <summary>The record's place in its log, from 1.</summary>
    public required long Position { get; init; }

    /// <summary>The record's CID, in binary.</summary>
    public required ReadOnlyMemory<byte> Cid { get; init; }

    /// <summary>The identity that wrote it; null while unknown.</summary>
    public PeerId? Author { get; init; }
}
