namespace Threads.Data.Identity;

/// <summary>Why bytes are no Ed25519 key in libp2p's protobuf form.</summary>
internal enum KeyProtobufError
{
    None,
    /// <summary>There is no key type in front.</summary>
    MissingType,
    /// <summary>The type is RSA, Secp256k1, ECDSA or unknown.</summary>
    UnsupportedType,
    /// <summary>There is no data field behind the type.</summary>
    MissingData,
    /// <summary>The data field does not end where the bytes end.</summary>
    DataLength,
    /// <summary>The key has another length than Ed25519 keys have.</summary>
    KeyLength,
    /// <summary>The two copies of the public key in the old private form differ.</summary>
    CopiesDiffer,
    /// <summary>The public key in a private key is not the seed's.</summary>
    WrongPublicKey,
    /// <summary>The text is not multibase.</summary>
    Text,
}
