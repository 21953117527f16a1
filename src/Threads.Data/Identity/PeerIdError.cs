namespace Threads.Data.Identity;

/// <summary>Why bytes or text are no peer id, or no log id.</summary>
internal enum PeerIdError
{
    None,
    /// <summary>The bytes are no multihash, or something follows it.</summary>
    Multihash,
    /// <summary>The hash is neither identity nor sha2-256.</summary>
    HashFunction,
    /// <summary>The bytes under an identity hash are no public key.</summary>
    PublicKey,
    /// <summary>A log id whose key is not Ed25519, or is only a hash.</summary>
    NotEd25519,
    /// <summary>The text is neither base58btc nor a CID.</summary>
    Text,
    /// <summary>The text is a CID, but not of a libp2p key.</summary>
    NotLibp2pKey,
}
