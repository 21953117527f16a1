using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Threads.Data.OpenSsl;

/// <summary>
/// AES-256-GCM with a 12-byte nonce, a 16-byte tag and no associated data. Each record is sealed under a key of its own, and making an <see cref="AesGcm"/> of a key takes five times as long
/// as sealing some hundred bytes; libcrypto is called directly where it is there, with one context a thread (docs/decisions/0021).
/// </summary>
internal static unsafe class Aes256Gcm
{
    public const int KeySize = 32;
    public const int NonceSize = 12;
    public const int TagSize = 16;

    private static readonly Functions? Direct = Libcrypto.TryBind(library => new Functions(library));

    [ThreadStatic]
    private static Context? _context;

    /// <summary>Whether libcrypto is called without the class library's detour.</summary>
    internal static bool IsDirect => Direct is not null;

    /// <summary>Encrypts into a destination of the plaintext's size. A nonce is used once with a key.</summary>
    public static void Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag)
    {
        Check(key, nonce, plaintext, ciphertext, tag);
        if (Direct is not { } functions)
        {
            using var aes = new AesGcm(key, TagSize);
            aes.Encrypt(nonce, plaintext, ciphertext, tag);
            return;
        }

        functions.Seal(Own(functions), key, nonce, plaintext, ciphertext, tag);
    }

    /// <summary>Decrypts; false, and zeros in the plaintext, when the bytes or their tag were altered or sealed by another key.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext)
    {
        Check(key, nonce, ciphertext, plaintext, tag);
        var isOpen = Direct is { } functions ? functions.TryOpen(Own(functions), key, nonce, ciphertext, tag, plaintext) : TryOpenByClassLibrary(key, nonce, ciphertext, tag, plaintext);
        if (!isOpen)
        {
            plaintext.Clear();
        }

        return isOpen;
    }

    private static bool TryOpenByClassLibrary(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext)
    {
        using var aes = new AesGcm(key, TagSize);
        try
        {
            aes.Decrypt(nonce, ciphertext, tag, plaintext);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    private static void Check(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, ReadOnlySpan<byte> tag)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeySize, nameof(key));
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce.Length, NonceSize, nameof(nonce));
        ArgumentOutOfRangeException.ThrowIfNotEqual(to.Length, from.Length, nameof(to));
        ArgumentOutOfRangeException.ThrowIfNotEqual(tag.Length, TagSize, nameof(tag));
    }

    private static nint Own(Functions functions) => (_context ??= new(functions)).Handle;

    /// <summary>A cipher context of one thread; without a key between two uses.</summary>
    private sealed class Context : SafeHandle
    {
        private readonly Functions _functions;

        public Context(Functions functions)
            : base(0, ownsHandle: true)
        {
            _functions = functions;
            SetHandle(functions.NewContext());
        }

        public nint Handle => handle;

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            _functions.FreeContext(handle);
            return true;
        }
    }

    private sealed class Functions
    {
        private const int GetTag = 0x10, SetTag = 0x11;
        private static readonly byte[] NoKey = new byte[KeySize];

        private readonly delegate* unmanaged<nint> _new;
        private readonly delegate* unmanaged<nint, void> _free;
        private readonly delegate* unmanaged<nint> _cipher;
        private readonly delegate* unmanaged<void> _clearError;
        private readonly delegate* unmanaged<nint, nint, nint, byte*, byte*, int> _encryptInit;
        private readonly delegate* unmanaged<nint, byte*, int*, byte*, int, int> _encrypt;
        private readonly delegate* unmanaged<nint, byte*, int*, int> _encryptFinal;
        private readonly delegate* unmanaged<nint, nint, nint, byte*, byte*, int> _decryptInit;
        private readonly delegate* unmanaged<nint, byte*, int*, byte*, int, int> _decrypt;
        private readonly delegate* unmanaged<nint, byte*, int*, int> _decryptFinal;
        private readonly delegate* unmanaged<nint, int, int, byte*, int> _control;

        public Functions(nint library)
        {
            _new = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "EVP_CIPHER_CTX_new");
            _free = (delegate* unmanaged<nint, void>)NativeLibrary.GetExport(library, "EVP_CIPHER_CTX_free");
            _cipher = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "EVP_aes_256_gcm");
            _clearError = (delegate* unmanaged<void>)NativeLibrary.GetExport(library, "ERR_clear_error");
            _encryptInit = (delegate* unmanaged<nint, nint, nint, byte*, byte*, int>)NativeLibrary.GetExport(library, "EVP_EncryptInit_ex");
            _encrypt = (delegate* unmanaged<nint, byte*, int*, byte*, int, int>)NativeLibrary.GetExport(library, "EVP_EncryptUpdate");
            _encryptFinal = (delegate* unmanaged<nint, byte*, int*, int>)NativeLibrary.GetExport(library, "EVP_EncryptFinal_ex");
            _decryptInit = (delegate* unmanaged<nint, nint, nint, byte*, byte*, int>)NativeLibrary.GetExport(library, "EVP_DecryptInit_ex");
            _decrypt = (delegate* unmanaged<nint, byte*, int*, byte*, int, int>)NativeLibrary.GetExport(library, "EVP_DecryptUpdate");
            _decryptFinal = (delegate* unmanaged<nint, byte*, int*, int>)NativeLibrary.GetExport(library, "EVP_DecryptFinal_ex");
            _control = (delegate* unmanaged<nint, int, int, byte*, int>)NativeLibrary.GetExport(library, "EVP_CIPHER_CTX_ctrl");
            FreeContext(NewContext());
        }

        public nint NewContext()
        {
            var context = _new();
            if (context == 0 || _encryptInit(context, _cipher(), 0, null, null) != 1)
            {
                throw Failure("EVP_EncryptInit_ex");
            }

            return context;
        }

        public void FreeContext(nint context) => _free(context);

        public void Seal(nint context, ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag)
        {
            int length;
            fixed (byte* k = key, n = nonce, from = plaintext, to = ciphertext, t = tag)
            {
                if (_encryptInit(context, 0, 0, k, n) != 1 || (plaintext.Length > 0 && _encrypt(context, to, &length, from, plaintext.Length) != 1) ||
                    _encryptFinal(context, to, &length) != 1 || _control(context, GetTag, TagSize, t) != 1)
                {
                    throw Failure("EVP_EncryptFinal_ex");
                }
            }

            Forget(context);
        }

        public bool TryOpen(nint context, ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext)
        {
            int length;
            bool isOpen;
            fixed (byte* k = key, n = nonce, from = ciphertext, to = plaintext, t = tag)
            {
                if (_decryptInit(context, 0, 0, k, n) != 1 || (ciphertext.Length > 0 && _decrypt(context, to, &length, from, ciphertext.Length) != 1) ||
                    _control(context, SetTag, TagSize, t) != 1)
                {
                    throw Failure("EVP_DecryptUpdate");
                }

                isOpen = _decryptFinal(context, to, &length) == 1;
            }

            if (!isOpen)
            {
                _clearError();
            }

            Forget(context);
            return isOpen;
        }

        /// <summary>The key's schedule is overwritten by that of zeros.</summary>
        private void Forget(nint context)
        {
            fixed (byte* zeros = NoKey)
            {
                _ = _encryptInit(context, 0, 0, zeros, null);
            }
        }

        private CryptographicException Failure(string function)
        {
            // The queue belongs to the thread; what we leave there, the next caller of libcrypto would take for its own.
            _clearError();
            return new CryptographicException(Resources.Strings.Cryptography_NativeCallFailed(function));
        }
    }
}
