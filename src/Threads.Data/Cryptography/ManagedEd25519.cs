using System.Buffers;
using System.Security.Cryptography;

namespace Threads.Data.Cryptography;

/// <summary>The backend for platforms without OpenSSL: RFC 8032 and RFC 7748 in managed code, constant time wherever a secret takes part.</summary>
internal sealed class ManagedEd25519 : IEd25519
{
    public static ManagedEd25519 Instance { get; } = new();

    public string Name => "managed";

    public IEd25519SigningKey OpenSigningKey(ReadOnlySpan<byte> seed) => new SigningKey(seed);

    public IEd25519VerifyingKey OpenVerifyingKey(ReadOnlySpan<byte> publicKey) => new VerifyingKey(publicKey);

    public bool TryAgree(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerPublicKey, Span<byte> sharedSecret)
    {
        MontgomeryLadder.Multiply(privateKey, peerPublicKey, sharedSecret);
        var any = 0;
        foreach (var b in sharedSecret)
            any |= b;
        return any != 0;
    }

    public void X25519PublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        Span<byte> nine = stackalloc byte[32];
        nine.Clear();
        nine[0] = 9;
        MontgomeryLadder.Multiply(privateKey, nine, publicKey);
    }

    // SHA-512 over up to three parts, in one pass and without leaving a copy behind.
    private static void Hash(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, ReadOnlySpan<byte> c, Span<byte> digest)
    {
        var length = a.Length + b.Length + c.Length;
        byte[]? rented = null;
        var all = length <= 512 ? stackalloc byte[length] : (rented = ArrayPool<byte>.Shared.Rent(length)).AsSpan(0, length);
        a.CopyTo(all);
        b.CopyTo(all[a.Length..]);
        c.CopyTo(all[(a.Length + b.Length)..]);
        SHA512.HashData(all, digest);
        CryptographicOperations.ZeroMemory(all);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
    }

    private sealed class SigningKey : IEd25519SigningKey
    {
        // scalar (32) || prefix (32), as SHA-512 of the seed gives them; pinned, so that the collector leaves no copies.
        private readonly byte[] _expanded = GC.AllocateUninitializedArray<byte>(64, pinned: true);
        private readonly byte[] _publicKey = new byte[32];
        private volatile bool _disposed;

        public SigningKey(ReadOnlySpan<byte> seed)
        {
            SHA512.HashData(seed, _expanded);
            _expanded[0] &= 248;
            _expanded[31] &= 127;
            _expanded[31] |= 64;
            EdwardsMultiplier.MultiplyBase(_expanded.AsSpan(0, 32)).WriteTo(_publicKey);
        }

        public void CopyPublicKey(Span<byte> destination) => _publicKey.CopyTo(destination);

        public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
        {
            Span<byte> expanded = stackalloc byte[64];
            Span<byte> digest = stackalloc byte[64];
            Span<byte> r = stackalloc byte[32];
            Span<byte> k = stackalloc byte[32];
            try
            {
                // Copied first and checked then: a signature by a key that another thread is wiping would give the nonce away.
                _expanded.CopyTo(expanded);
                ObjectDisposedException.ThrowIf(_disposed, this);
                Hash(expanded[32..], message, default, digest);
                Scalar25519.Reduce(digest, r);
                EdwardsMultiplier.MultiplyBase(r).WriteTo(signature);
                Hash(signature[..32], _publicKey, message, digest);
                Scalar25519.Reduce(digest, k);
                Scalar25519.MultiplyAdd(expanded[..32], k, r, signature[32..]);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(expanded);
                CryptographicOperations.ZeroMemory(r);
                CryptographicOperations.ZeroMemory(digest);
            }
        }

        public void Dispose()
        {
            _disposed = true;
            CryptographicOperations.ZeroMemory(_expanded);
        }
    }

    private sealed class VerifyingKey : IEd25519VerifyingKey
    {
        /// <summary>From this verification on the key has a table of its own, which halves their time.</summary>
        private const int WorthATable = 8;

        private readonly byte[] _publicKey;
        private readonly CachedPoint[] _oddMultiples;
        private int _uses;
        private ulong[]? _table;

        public VerifyingKey(ReadOnlySpan<byte> publicKey)
        {
            _publicKey = publicKey.ToArray();
            // A key that is no point has passed no rule; the identity's table is never asked then.
            _oddMultiples = EdwardsPoint.TryDecompress(publicKey, out var a) ? EdwardsMultiplier.OddMultiples(-a, 8) : [];
        }

        public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
        {
            if (_oddMultiples.Length == 0)
                return false;
            Span<byte> digest = stackalloc byte[64];
            Span<byte> k = stackalloc byte[32];
            Span<byte> r = stackalloc byte[32];
            Hash(signature[..32], _publicKey, message, digest);
            Scalar25519.Reduce(digest, k);
            var found = Table() is { } table ? EdwardsMultiplier.MultiplyBaseAndAdd(signature[32..], k, table) : EdwardsMultiplier.MultiplyBaseAndAdd(signature[32..], k, _oddMultiples);
            found.WriteTo(r);
            return r.SequenceEqual(signature[..32]);
        }

        private ulong[]? Table()
        {
            // Two threads may make it at the same time: the same one.
            if (_table is null && Interlocked.Increment(ref _uses) >= WorthATable && EdwardsPoint.TryDecompress(_publicKey, out var a))
                _table = FixedBaseTable.Of(-a);
            return _table;
        }

        public void Dispose()
        {
            // Public values only: nothing to free.
        }
    }
}
