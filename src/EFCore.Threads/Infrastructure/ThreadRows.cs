namespace Microsoft.EntityFrameworkCore.Infrastructure;

/// <summary>A record of a log, as <c>context.Thread.Records</c> shows it.</summary>
public sealed class ThreadRecordRow
{
    /// <summary>The log's number in this file (<see cref="ThreadLogRow.Id"/>).</summary>
    public long Log { get; set; }

    /// <summary>The record's place in its log, from 1.</summary>
    public long Position { get; set; }

    /// <summary>The record's CID, in multibase of hexadecimal digits; <c>Cid.Parse</c> reads it.</summary>
    public string Cid { get; set; } = "";

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

    /// <summary>The row's key, as text; of several columns a JSON array.</summary>
    public string? RowKey { get; set; }

    /// <summary>The row's key as JSON: a number, a text, <c>{"hex":"00ff"}</c> for bytes, or of several columns a text that is the array of them.</summary>
    public string KeyJson { get; set; } = "null";

    /// <summary>The constraint: <c>UNIQUE users(mail)</c>, <c>FOREIGN KEY orders(user) -> users(id)</c>, <c>NOT NULL</c>, <c>CHECK</c>.</summary>
    public string? ConstraintName { get; set; }

    /// <summary>What stands against it, as SQLite would say it.</summary>
    public string Reason { get; set; } = "";

    /// <summary>Who stands in its way, as JSON; <see cref="GetRivals"/>.</summary>
    public string Rivals { get; set; } = "[]";

    /// <summary>The hybrid time from which it is held, in nanoseconds since 1970.</summary>
    public long Since { get; set; }

    /// <summary>Who stands in its way, who stands in that one's way, and so on.</summary>
    public IReadOnlyList<ThreadRival> GetRivals()
    {
        using var rivals = System.Text.Json.JsonDocument.Parse(Rivals);
        return [.. rivals.RootElement.EnumerateArray().Select(r => new ThreadRival(r.GetProperty("collection").GetString()!, r.GetProperty("key").GetRawText(), r.GetProperty("state").GetString()!))];
    }
}

/// <summary>A row that stands in another's way.</summary>
/// <param name="Collection">Its table's name in events.</param>
/// <param name="Key">Its key, as JSON.</param>
/// <param name="State">shown, held (back itself) or missing.</param>
public sealed record ThreadRival(string Collection, string Key, string State);
