using System.Security.Cryptography;

namespace Threads.Data.Ipld;

/// <summary>Multihash bytes: the hash function's code, the digest's length, the digest (multiformats, multihash).</summary>
internal static class Multihash
{
    public const ulong Identity = 0x00;
    public const ulong Sha256 = 0x12;
    public const int Sha256Bytes = 32;

    /// <summary>No hash in use is longer, and an identity hash beyond it would be a block in disguise.</summary>
    public const int MaxDigestBytes = 128;

    /// <summary>The bytes themselves in the place of a hash.</summary>
    public static byte[] OfIdentity(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, 127);
        return [(byte)Identity, (byte)bytes.Length, .. bytes];
    }

    public static byte[] OfSha256(ReadOnlySpan<byte> bytes) => [(byte)Sha256, Sha256Bytes, .. SHA256.HashData(bytes)];

    /// <summary>Reads a multihash at the beginning of the bytes; something may follow it.</summary>
    public static CidError TryRead(ReadOnlySpan<byte> bytes, out ulong code, out int digestStart, out int sizeBytes)
    {
        digestStart = 0;
        sizeBytes = 0;
        var error = ReadVarint(bytes, ref digestStart, out code);
        if (error != CidError.None || (error = ReadVarint(bytes, ref digestStart, out var length)) != CidError.None)
            return error;
        if (length > MaxDigestBytes || (code == Sha256 && length != Sha256Bytes))
            return CidError.DigestLength;
        sizeBytes = digestStart + (int)length;
        return sizeBytes > bytes.Length ? CidError.Truncated : CidError.None;
    }

    public static CidError ReadVarint(ReadOnlySpan<byte> bytes, ref int at, out ulong value)
    {
        var status = Varint.Read(bytes[at..], out value, out var size);
        at += size;
        return status switch
        {
            VarintStatus.Ok => CidError.None,
            VarintStatus.Truncated => CidError.Truncated,
            VarintStatus.NotMinimal => CidError.VarintNotMinimal,
            _ => CidError.VarintTooLong,
        };
    }
}
