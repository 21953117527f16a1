using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Threads.Data.Records;

/// <summary>
/// The name of a read key: 16 bytes of its hash, so a name has one key and whoever is handed a key can tell that it is the one named. The headers of records sealed under any but the thread's first read key begin with it.
/// </summary>
internal sealed record ReadKeyId(UInt128 Value)
{
    public const int SizeBytes = 16;

    private static ReadOnlySpan<byte> Domain => "threads-ef read key 1"u8;

    /// <summary>The name of this key of 32 bytes.</summary>
    public static ReadKeyId Of(ReadOnlySpan<byte> key)
    {
        Span<byte> message = stackalloc byte[Domain.Length + key.Length];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Domain.CopyTo(message);
        key.CopyTo(message[Domain.Length..]);
        SHA256.HashData(message, hash);
        CryptographicOperations.ZeroMemory(message);
        return FromBytes(hash[..SizeBytes]);
    }

    /// <summary>From 16 bytes.</summary>
    public static ReadKeyId FromBytes(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    public void WriteTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Value);

    public byte[] ToBytes()
    {
        var bytes = new byte[SizeBytes];
        WriteTo(bytes);
        return bytes;
    }

    /// <summary>Lower-case hex.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToBytes());
}
