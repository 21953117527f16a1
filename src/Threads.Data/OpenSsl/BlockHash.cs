using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Threads.Data.OpenSsl;

/// <summary>
/// SHA-256 of blocks, most of which are some hundred bytes. For those, what the class library does around the hash takes several times as long as the hash; libcrypto is
/// called directly where it is there (docs/decisions/0021).
/// </summary>
internal static unsafe class BlockHash
{
    public const int SizeBytes = 32;

    /// <summary>From here on the hash itself is what takes the time, too long to keep the garbage collector waiting.</summary>
    private const int LargeBytes = 4096;

    private static readonly Functions? Direct = Libcrypto.TryBind(library => new Functions(library));

    /// <summary>Whether short blocks are hashed without the class library's detour.</summary>
    internal static bool IsDirect => Direct is not null;

    public static void Sha256(ReadOnlySpan<byte> data, Span<byte> digest)
    {
        if (Direct is not { } functions || data.Length >= LargeBytes)
        {
            SHA256.HashData(data, digest);
            return;
        }

        functions.Sha256(data, digest);
    }

    private sealed class Functions
    {
        // SHA256_CTX is 112 bytes in every version.
        private const int StateBytes = 128;

        private readonly delegate* unmanaged[SuppressGCTransition]<byte*, int> _init;
        private readonly delegate* unmanaged[SuppressGCTransition]<byte*, byte*, nuint, int> _update;
        private readonly delegate* unmanaged[SuppressGCTransition]<byte*, byte*, int> _final;

        public Functions(nint library)
        {
            _init = (delegate* unmanaged[SuppressGCTransition]<byte*, int>)NativeLibrary.GetExport(library, "SHA256_Init");
            _update = (delegate* unmanaged[SuppressGCTransition]<byte*, byte*, nuint, int>)NativeLibrary.GetExport(library, "SHA256_Update");
            _final = (delegate* unmanaged[SuppressGCTransition]<byte*, byte*, int>)NativeLibrary.GetExport(library, "SHA256_Final");
            Span<byte> digest = stackalloc byte[SizeBytes];
            Sha256("abc"u8, digest);
            if (!digest.SequenceEqual(SHA256.HashData("abc"u8)))
            {
                throw new CryptographicException();
            }
        }

        public void Sha256(ReadOnlySpan<byte> data, Span<byte> digest)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(digest.Length, SizeBytes, nameof(digest));
            var state = stackalloc byte[StateBytes];
            fixed (byte* from = data, to = digest)
            {
                if (_init(state) != 1 || (data.Length > 0 && _update(state, from, (nuint)data.Length) != 1) || _final(to, state) != 1)
                {
                    throw new CryptographicException();
                }
            }
        }
    }
}
