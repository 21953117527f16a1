using Threads.Data.Records;

namespace Threads.Data.Pipeline;

/// <summary>A record from outside whose blocks hold together; what its payload says of itself is filled in where the read key is here.</summary>
internal sealed class IncomingRecord(SealedRecord record)
{
    public SealedRecord Record { get; } = record;

    /// <summary>The log's Ed25519 key, 32 bytes: from the payload, else from the sender.</summary>
    public required byte[] LogKey { get; init; }

    /// <summary>The read key that the header names; null: the thread's first. What such a record holds is never a reason to refuse it, so that what is stored does not hang on the keys that are here.</summary>
    public ReadKeyId? Key { get; init; }

    /// <summary>Why a record whose key is named, and here, can't count; null: it can, or its key is not here.</summary>
    public string? Misfit { get; init; }

    /// <summary>Null where the body can't be read here.</summary>
    public byte[]? Payload { get; init; }

    /// <summary>By the payload; 0 where it can't be read.</summary>
    public long Position { get; init; }

    public long Time { get; init; }

    public int Events { get; init; }
}
