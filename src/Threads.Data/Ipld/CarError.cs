namespace Threads.Data.Ipld;

/// <summary>Why a stream is no CAR file (version 1) that can be read.</summary>
public enum CarError
{
    /// <summary>The stream ends inside the header or a block.</summary>
    Truncated,
    /// <summary>A length is not a varint of at most nine bytes in its shortest form.</summary>
    InvalidLength,
    /// <summary>The header is longer than the limit.</summary>
    HeaderTooLong,
    /// <summary>The header is not the DAG-CBOR map of roots and version.</summary>
    InvalidHeader,
    /// <summary>The header names another version than 1.</summary>
    UnsupportedVersion,
    /// <summary>A block is longer than the limit.</summary>
    BlockTooLong,
    /// <summary>A block does not begin with a CID, or is shorter than its CID.</summary>
    InvalidCid,
    /// <summary>A block's CID uses a hash other than sha2-256 or identity, so the block can't be checked.</summary>
    UnsupportedHash,
    /// <summary>A block's bytes do not have the hash its CID names.</summary>
    HashMismatch,
}
