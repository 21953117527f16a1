namespace Threads.Data.Ipld;

/// <summary>Why bytes or text are no CID.</summary>
internal enum CidError
{
    None,
    /// <summary>The bytes end inside the CID.</summary>
    Truncated,
    TrailingBytes,
    VarintNotMinimal,
    VarintTooLong,
    UnknownVersion,
    /// <summary>The digest is longer than a CID's may be, or not 32 bytes although the hash is sha2-256.</summary>
    DigestLength,
    /// <summary>The text does not begin with a known multibase prefix.</summary>
    UnknownMultibase,
    /// <summary>The text holds something its multibase does not.</summary>
    Text,
    /// <summary>A version 0 CID under a multibase prefix, which the specification forbids.</summary>
    PrefixedVersion0,
}
