using Threads.Data.Ipld;

namespace Threads.Data.Logs;

/// <summary>One log as this file knows it; a branch of a fork is an entry of its own. Head and counter move only through the record store.</summary>
internal sealed class LogEntry(long id, byte[] publicKey, byte[] identity)
{
    /// <summary>The local number; never leaves this file.</summary>
    public long Id { get; } = id;

    /// <summary>Ed25519, 32 bytes.</summary>
    public byte[] PublicKey { get; } = publicKey;

    /// <summary>The identity that writes it: protobuf public key, 36 bytes.</summary>
    public byte[] Identity { get; } = identity;

    /// <summary>The entry this one branched from, and the position at which they differ first; null for a trunk.</summary>
    public long? Parent { get; init; }

    public long? Fork { get; init; }

    /// <summary>Position of the newest record; 0 = none. A branch counts from its trunk's beginning.</summary>
    public long Head { get; set; }

    /// <summary>Digest of the newest record's block; empty without one.</summary>
    public Cid HeadCid { get; set; }

    /// <summary>Time of the newest event, as far as it could be read.</summary>
    public long HeadTime { get; set; }

    /// <summary>Up to here the views have it; <see cref="long.MaxValue"/>: all that is stored.</summary>
    public long Folded { get; set; } = long.MaxValue;
}
