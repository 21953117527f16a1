namespace Threads.Data.Records;

/// <summary>Why bytes are no record of this thread, in the order of the checks (FORMATS 3, "What a strict reader checks").</summary>
internal enum RecordRefusal
{
    /// <summary>Not refused.</summary>
    None,

    /// <summary>A block is larger than <see cref="RecordLimits"/> allow.</summary>
    TooLarge,

    /// <summary>The record, header or body block is not one canonical CBOR byte string that can hold sealed bytes.</summary>
    MalformedBlock,

    /// <summary>The event block is not exactly two links, body and header, in canonical CBOR.</summary>
    MalformedEvent,

    /// <summary>The record block does not open: another replica key sealed it, or it was altered.</summary>
    RecordSealed,

    /// <summary>What the record block holds is not canonical CBOR.</summary>
    NotCanonical,

    /// <summary>The record has a field too many, too few, or of another type.</summary>
    MalformedRecord,

    /// <summary>pubKey is no Ed25519 public key.</summary>
    BadIdentity,

    /// <summary>The record names another event than the one that came with it.</summary>
    OtherEvent,

    /// <summary>The event links another header than the one that came with it.</summary>
    OtherHeader,

    /// <summary>The event links another body than the one that came with it.</summary>
    OtherBody,

    /// <summary>The signature does not stand, or has another size than 64 bytes.</summary>
    BadSignature,

    /// <summary>The header names a read key that is not here.</summary>
    NoKey,

    /// <summary>The header does not open: another read key sealed it, or it was altered.</summary>
    HeaderSealed,

    /// <summary>The header holds anything but one 32-byte content key.</summary>
    MalformedHeader,

    /// <summary>The body does not open with the key in its header.</summary>
    BodySealed,
}
