using Threads.Data.Events;
using Threads.Data.Identity;

namespace Threads.Data;

/// <summary>One change of one entity, as its author's record tells it. Collections and columns have the names they had first.</summary>
public sealed class ThreadEvent
{
    /// <summary>The table's first name.</summary>
    public required string Collection { get; init; }

    /// <summary>Create, Save or Delete.</summary>
    public required EventKind Kind { get; init; }

    /// <summary>The values of the key's columns: long, double, string or byte[].</summary>
    public required IReadOnlyList<object?> Key { get; init; }

    /// <summary>The columns that were assigned: long, double, string, byte[] or null. All of them in a Create, none in a Delete.</summary>
    public required IReadOnlyDictionary<string, object?> Values { get; init; }

    /// <summary>The columns that were changed by an operation of their merge kind.</summary>
    public required IReadOnlyDictionary<string, ThreadOperation> Operations { get; init; }

    /// <summary>When it was written, in nanoseconds since 1970 by the hybrid clock: strictly later than all that its author had seen.</summary>
    public required long Timestamp { get; init; }

    /// <summary>When it was written.</summary>
    public DateTimeOffset Time => DateTimeOffset.UnixEpoch.AddTicks(Timestamp / 100);

    /// <summary>Whose log holds it.</summary>
    public required LogId Log { get; init; }

    /// <summary>The place of its record in the log, from 1.</summary>
    public required long Position { get; init; }

    /// <summary>Its place in the record, from 0.</summary>
    public required int Index { get; init; }
}

/// <summary>An operation on a cell (docs/format.md).</summary>
/// <param name="Name">What was done: "+" for what a counter was changed by.</param>
/// <param name="Arguments">With what: long, double, string, byte[], bool, null, or a list or dictionary of these.</param>
public sealed record ThreadOperation(string Name, object? Arguments);
