namespace Threads.Data.Access;

/// <summary>Where an event stands: its author, its record by its number in this file, the record's time.</summary>
internal readonly record struct Standpoint(string Author, long Record, long Time)
{
    /// <summary>What is asked of expiries.</summary>
    public long Clock { get; private init; } = Time;

    /// <summary>What is written here next: nobody can have seen it, and it is later than all there is.</summary>
    public static Standpoint Next(string author, long clock) => new(author, 0, long.MaxValue) { Clock = clock };
}

/// <summary>An entry that counts, and the change it stands in.</summary>
internal readonly record struct AccessEntry(int Statement, AccessStatement Of, AccessOp Op)
{
    /// <summary>By an invitation that names nobody: it does not take in again who is out.</summary>
    public bool IsForAnybody { get; init; }
}
