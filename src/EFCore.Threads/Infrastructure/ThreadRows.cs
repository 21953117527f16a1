namespace Microsoft.EntityFrameworkCore.Infrastructure;

/// <summary>A record of a log, as <c>context.Thread.Records</c> shows it.</summary>
public sealed class ThreadRecordRow
{
    /// <summary>The log's number in this file (<see cref="ThreadLogRow.Id"/>).</summary>
    public long Log { get; set; }

    /// <summary>The record's place in its log, from 1.</summary>
    public long Position { get; set; }

    /// <summary>The record's CID, in binary.</summary>
    public byte[] Cid { get; set; } = [];

    /// <summary>Its hybrid time, in nanoseconds since 1970; null where the body can't be read.</summary>
    public long? Time { get; set; }

    /// <summary>The same as a date in UTC.</summary>
    public DateTime? WrittenAt { get; set; }

    /// <summary>How many events it carries; null where the body can't be read.</summary>
    public long? Events { get; set; }

    /// <summary>What it takes in the file.</summary>
    public long SizeBytes { get; set; }
}

/// <summary>A log of the thread, as <c>context.Thread.Logs</c> shows it.</summary>
public sealed class ThreadLogRow
{
    /// <summary>The log's number in this file.</summary>
    public long Id { get; set; }

    /// <summary>Its key, in lower-case hexadecimal digits.</summary>
    public string PublicKey { get; set; } = "";

    /// <summary>The key of the identity that writes it, in lower-case hexadecimal digits; null while unknown.</summary>
    public string? Identity { get; set; }

    /// <summary>The log this one is a branch of after a fork.</summary>
    public long? BranchOf { get; set; }

    /// <summary>Where it branches off.</summary>
    public long? ForkedAt { get; set; }

    /// <summary>The position of its newest record here; 0 for none.</summary>
    public long Counter { get; set; }

    /// <summary>Whether this database writes it.</summary>
    public bool IsOwn { get; set; }
}

/// <summary>A row that is held back, as <c>context.Thread.Conflicts</c> shows it.</summary>
public sealed class ThreadConflictRow
{
    /// <summary>The table it belongs to; null where this peer has none for it.</summary>
    public string? TableName { get; set; }

    /// <summary>The table's name in events.</summary>
    public string Collection { get; set; } = "";

    /// <summary>The row's key, as text.</summary>
    public string? RowKey { get; set; }

    /// <summary>What stands against it.</summary>
    public string Reason { get; set; } = "";

    /// <summary>The hybrid time from which it is held.</summary>
    public long Since { get; set; }
}
