using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Threads.Data.Resources;

namespace Threads.Data.Cryptography;

/// <summary>The backend over OpenSSL's libcrypto. One key handle serves many threads: each operation has a context of its own.</summary>
internal sealed unsafe class OpenSslEd25519(OpenSslLibrary library) : IEd25519
{
    public string Name => "openssl";

    public IEd25519SigningKey OpenSigningKey(ReadOnlySpan<byte> seed) => new SigningKey(library, seed);

    public IEd25519VerifyingKey OpenVerifyingKey(ReadOnlySpan<byte> publicKey) => new VerifyingKey(library, publicKey);

    public bool TryAgree(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerPublicKey, Span<byte> sharedSecret)
    {
        using var own = KeyHandle.Private(library, OpenSslLibrary.TypeX25519, privateKey);
        using var peer = KeyHandle.Public(library, OpenSslLibrary.TypeX25519, peerPublicKey);
        var context = library.ContextNew(own.DangerousGetHandle(), null);
        try
        {
            var length = (nuint)sharedSecret.Length;
            fixed (byte* secret = sharedSecret)
            {
                if (context != 0
                    && library.DeriveInit(context) == 1
                    && library.DeriveSetPeer(context, peer.DangerousGetHandle()) == 1
                    && library.Derive(context, secret, &length) == 1)
                {
                    return true;
                }
            }

            // libcrypto refuses an all-zero secret by itself.
            library.ClearError();
            sharedSecret.Clear();
            return false;
        }
        finally
        {
            library.ContextFree(context);
        }
    }

    public void X25519PublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        using var own = KeyHandle.Private(library, OpenSslLibrary.TypeX25519, privateKey);
        own.CopyPublicKey(publicKey);
    }

    private static CryptographicException Failure(OpenSslLibrary library, string function)
    {
        // The queue belongs to the thread; what we leave there, the next caller of libcrypto would take for its own.
        library.ClearError();
        return new CryptographicException(Strings.Cryptography_NativeCallFailed(function));
    }

    private sealed class SigningKey(OpenSslLibrary library, ReadOnlySpan<byte> seed) : IEd25519SigningKey
    {
        private readonly KeyHandle _key = KeyHandle.Private(library, OpenSslLibrary.TypeEd25519, seed);

        public void CopyPublicKey(Span<byte> destination) => _key.CopyPublicKey(destination);

        public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
        {
            var added = false;
            nint context = 0;
            try
            {
                _key.DangerousAddRef(ref added);
                context = library.DigestNew();
                var length = (nuint)signature.Length;
                fixed (byte* m = message, s = signature)
                {
                    if (context == 0
                        || library.DigestSignInit(context, null, null, null, _key.DangerousGetHandle()) != 1
                        || library.DigestSign(context, s, &length, m, (nuint)message.Length) != 1)
                    {
                        throw Failure(library, "EVP_DigestSign");
                    }
                }
            }
            finally
            {
                library.DigestFree(context);
                if (added)
                    _key.DangerousRelease();
            }
        }

        public void Dispose() => _key.Dispose();
    }

    private sealed class VerifyingKey(OpenSslLibrary library, ReadOnlySpan<byte> publicKey) : IEd25519VerifyingKey
    {
        private readonly KeyHandle _key = KeyHandle.Public(library, OpenSslLibrary.TypeEd25519, publicKey);

        public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
        {
            var added = false;
            nint context = 0;
            try
            {
                _key.DangerousAddRef(ref added);
                context = library.DigestNew();
                if (context == 0 || library.DigestVerifyInit(context, null, null, null, _key.DangerousGetHandle()) != 1)
                    throw Failure(library, "EVP_DigestVerifyInit");
                fixed (byte* m = message, s = signature)
                {
                    if (library.DigestVerify(context, s, (nuint)signature.Length, m, (nuint)message.Length) == 1)
                        return true;
                }

                library.ClearError();
                return false;
            }
            finally
            {
                library.DigestFree(context);
                if (added)
                    _key.DangerousRelease();
            }
        }

        public void Dispose() => _key.Dispose();
    }

    // An EVP_PKEY. libcrypto wipes the private part when it frees it.
    private sealed class KeyHandle : SafeHandle
    {
        private readonly OpenSslLibrary _library;

        private KeyHandle(OpenSslLibrary library, nint key)
            : base(0, ownsHandle: true)
        {
            _library = library;
            SetHandle(key);
        }

        public override bool IsInvalid => handle == 0;

        public static KeyHandle Private(OpenSslLibrary library, int type, ReadOnlySpan<byte> bytes)
        {
            fixed (byte* b = bytes)
                return Checked(library, library.NewRawPrivateKey(type, null, b, (nuint)bytes.Length), "EVP_PKEY_new_raw_private_key");
        }

        public static KeyHandle Public(OpenSslLibrary library, int type, ReadOnlySpan<byte> bytes)
        {
            fixed (byte* b = bytes)
                return Checked(library, library.NewRawPublicKey(type, null, b, (nuint)bytes.Length), "EVP_PKEY_new_raw_public_key");
        }

        public void CopyPublicKey(Span<byte> destination)
        {
            var length = (nuint)destination.Length;
            fixed (byte* d = destination)
            {
                if (_library.GetRawPublicKey(handle, d, &length) != 1)
                    throw Failure(_library, "EVP_PKEY_get_raw_public_key");
            }
        }

        protected override bool ReleaseHandle()
        {
            _library.KeyFree(handle);
            return true;
        }

        private static KeyHandle Checked(OpenSslLibrary library, nint key, string function) =>
            key != 0 ? new KeyHandle(library, key) : throw Failure(library, function);
    }
}
