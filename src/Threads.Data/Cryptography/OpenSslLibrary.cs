using System.Runtime.InteropServices;
using Threads.Data.OpenSsl;

namespace Threads.Data.Cryptography;

/// <summary>The functions of libcrypto (1.1.1 or later) that <see cref="OpenSslEd25519"/> calls, found by name at run time.</summary>
internal sealed unsafe class OpenSslLibrary
{
    public const int TypeEd25519 = 1087, TypeX25519 = 1034;

    public readonly delegate* unmanaged<int, void*, byte*, nuint, nint> NewRawPrivateKey;
    public readonly delegate* unmanaged<int, void*, byte*, nuint, nint> NewRawPublicKey;
    public readonly delegate* unmanaged<nint, byte*, nuint*, int> GetRawPublicKey;
    public readonly delegate* unmanaged<nint, void> KeyFree;
    public readonly delegate* unmanaged<nint> DigestNew;
    public readonly delegate* unmanaged<nint, void> DigestFree;
    public readonly delegate* unmanaged<nint, void*, void*, void*, nint, int> DigestSignInit;
    public readonly delegate* unmanaged<nint, byte*, nuint*, byte*, nuint, int> DigestSign;
    public readonly delegate* unmanaged<nint, void*, void*, void*, nint, int> DigestVerifyInit;
    public readonly delegate* unmanaged<nint, byte*, nuint, byte*, nuint, int> DigestVerify;
    public readonly delegate* unmanaged<nint, void*, nint> ContextNew;
    public readonly delegate* unmanaged<nint, void> ContextFree;
    public readonly delegate* unmanaged<nint, int> DeriveInit;
    public readonly delegate* unmanaged<nint, nint, int> DeriveSetPeer;
    public readonly delegate* unmanaged<nint, byte*, nuint*, int> Derive;
    public readonly delegate* unmanaged<void> ClearError;

    private OpenSslLibrary(nint library)
    {
        NewRawPrivateKey = (delegate* unmanaged<int, void*, byte*, nuint, nint>)Find(library, "EVP_PKEY_new_raw_private_key");
        NewRawPublicKey = (delegate* unmanaged<int, void*, byte*, nuint, nint>)Find(library, "EVP_PKEY_new_raw_public_key");
        GetRawPublicKey = (delegate* unmanaged<nint, byte*, nuint*, int>)Find(library, "EVP_PKEY_get_raw_public_key");
        KeyFree = (delegate* unmanaged<nint, void>)Find(library, "EVP_PKEY_free");
        DigestNew = (delegate* unmanaged<nint>)Find(library, "EVP_MD_CTX_new");
        DigestFree = (delegate* unmanaged<nint, void>)Find(library, "EVP_MD_CTX_free");
        DigestSignInit = (delegate* unmanaged<nint, void*, void*, void*, nint, int>)Find(library, "EVP_DigestSignInit");
        DigestSign = (delegate* unmanaged<nint, byte*, nuint*, byte*, nuint, int>)Find(library, "EVP_DigestSign");
        DigestVerifyInit = (delegate* unmanaged<nint, void*, void*, void*, nint, int>)Find(library, "EVP_DigestVerifyInit");
        DigestVerify = (delegate* unmanaged<nint, byte*, nuint, byte*, nuint, int>)Find(library, "EVP_DigestVerify");
        ContextNew = (delegate* unmanaged<nint, void*, nint>)Find(library, "EVP_PKEY_CTX_new");
        ContextFree = (delegate* unmanaged<nint, void>)Find(library, "EVP_PKEY_CTX_free");
        DeriveInit = (delegate* unmanaged<nint, int>)Find(library, "EVP_PKEY_derive_init");
        DeriveSetPeer = (delegate* unmanaged<nint, nint, int>)Find(library, "EVP_PKEY_derive_set_peer");
        Derive = (delegate* unmanaged<nint, byte*, nuint*, int>)Find(library, "EVP_PKEY_derive");
        ClearError = (delegate* unmanaged<void>)Find(library, "ERR_clear_error");
    }

    /// <summary>Null when no libcrypto is there, or only one too old to know raw keys.</summary>
    public static OpenSslLibrary? TryLoad() => Libcrypto.TryBind(library => new OpenSslLibrary(library));

    private static nint Find(nint library, string name) => NativeLibrary.GetExport(library, name);
}
