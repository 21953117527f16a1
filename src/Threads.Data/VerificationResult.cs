namespace Threads.Data;

/// <summary>What <see cref="LocalThread.VerifyAsync"/> found.</summary>
/// <param name="Records">Records checked before the first damage, or all.</param>
/// <param name="FileDamage">What SQLite says of the file's own structure; null: it is sound. Nothing more is checked in a damaged file.</param>
/// <param name="Damage">The first record that does not hold; null: all do. The tables are not compared behind a damaged record.</param>
/// <param name="Differences">Rows of the shared tables that are not what a fold of all records from nothing gives; the first 100 of each table.</param>
public sealed record VerificationResult(long Records, string? FileDamage, DamagedRecord? Damage, IReadOnlyList<OutsideChange> Differences)
{
    /// <summary>Everything holds: file, records, links, signatures, tables.</summary>
    public bool IsSound => FileDamage is null && Damage is null && Differences.Count == 0;

    /// <summary>Throws when something does not hold.</summary>
    /// <exception cref="ThreadsException">Names the first thing that is wrong and what to do.</exception>
    public void ThrowIfNotSound()
    {
        if (FileDamage is not null)
        {
            throw ThreadsErrors.VerifyFailed(Resources.Strings.VerifyFile(FileDamage));
        }

        if (Damage is not null)
        {
            throw ThreadsErrors.VerifyFailed(Resources.Strings.VerifyRecord(Damage.Cid, Damage.Position, Damage.Log, Damage.Problem));
        }

        if (Differences.Count > 0)
        {
            throw ThreadsErrors.VerifyFailed(Resources.Strings.VerifyTable(Differences[0].Table, Differences[0].Key));
        }
    }
}

/// <summary>A stored record that does not hold.</summary>
/// <param name="Log">The log's Ed25519 key in lower-case hex, as <c>threads_logs.public_key</c>; empty when the log itself is unknown.</param>
/// <param name="Position">The record's position in the log.</param>
/// <param name="Cid">The CID it is stored under; empty when its row is missing.</param>
/// <param name="Problem">What is wrong.</param>
public sealed record DamagedRecord(string Log, long Position, string Cid, string Problem);
