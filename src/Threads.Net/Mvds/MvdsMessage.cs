using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Threads.Net.Mvds;

/// <summary>The name of a message, 32 bytes (MVDS 0.5.1, "Payload").</summary>
public readonly struct MvdsId : IEquatable<MvdsId>, IComparable<MvdsId>
{
    /// <summary>Size in bytes; that of group ids, too.</summary>
    public const int SizeBytes = 32;

    private readonly UInt128 _high;
    private readonly UInt128 _low;

    /// <summary>Reads 32 bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are more or fewer.</exception>
    public MvdsId(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, SizeBytes, nameof(bytes));
        _high = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        _low = BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]);
    }

    /// <summary>The 32 bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[SizeBytes];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _high);
        BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(16), _low);
        return bytes;
    }

    /// <inheritdoc/>
    public bool Equals(MvdsId other) => _high == other._high && _low == other._low;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is MvdsId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_high, _low);

    /// <summary>Bytewise.</summary>
    public int CompareTo(MvdsId other) => _high == other._high ? _low.CompareTo(other._low) : _high.CompareTo(other._high);

    /// <summary>Lower-case hex.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToBytes());

    /// <summary>Equal bytes.</summary>
    public static bool operator ==(MvdsId left, MvdsId right) => left.Equals(right);

    /// <summary>Other bytes.</summary>
    public static bool operator !=(MvdsId left, MvdsId right) => !left.Equals(right);

    /// <summary>Bytewise.</summary>
    public static bool operator <(MvdsId left, MvdsId right) => left.CompareTo(right) < 0;

    /// <summary>Bytewise.</summary>
    public static bool operator >(MvdsId left, MvdsId right) => left.CompareTo(right) > 0;

    /// <summary>Bytewise.</summary>
    public static bool operator <=(MvdsId left, MvdsId right) => left.CompareTo(right) <= 0;

    /// <summary>Bytewise.</summary>
    public static bool operator >=(MvdsId left, MvdsId right) => left.CompareTo(right) >= 0;
}

/// <summary>What is sent to a group. Its metadata is not part of its id, and proves nothing.</summary>
public sealed class MvdsMessage
{
    private MvdsId? _id;

    /// <summary>The group, 32 bytes.</summary>
    public required byte[] Group { get; init; }

    /// <summary>Seconds, or whatever the group agreed on.</summary>
    public long Timestamp { get; init; }

    /// <summary>The content.</summary>
    public required byte[] Body { get; init; }

    /// <summary>4/MVDS-META; null: none was sent.</summary>
    public MvdsMetadata? Metadata { get; init; }

    /// <summary>Not kept, not acknowledged, not repeated, nobody's parent (M-MOB-2).</summary>
    public bool IsEphemeral => Metadata?.IsEphemeral == true;

    /// <summary>SHA-256 over "MESSAGE_ID", group, timestamp (8 bytes, little-endian) and body, one behind the other (M-WIRE-2).</summary>
    public MvdsId Id => _id ??= IdOf(Group, Timestamp, Body);

    internal static MvdsId IdOf(ReadOnlySpan<byte> group, long timestamp, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> time = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(time, timestamp);
        hash.AppendData("MESSAGE_ID"u8);
        hash.AppendData(group);
        hash.AppendData(time);
        hash.AppendData(body);
        return new(hash.GetHashAndReset());
    }
}

/// <summary>What a message says beside its content (4/MVDS-META).</summary>
/// <param name="Parents">Messages that come before it.</param>
/// <param name="IsEphemeral">Whether it is forgotten once it was shown.</param>
public sealed record MvdsMetadata(IReadOnlyList<MvdsId> Parents, bool IsEphemeral);

/// <summary>What goes to a peer at once; any list may be empty.</summary>
/// <param name="Acks">Messages that are here.</param>
/// <param name="Offers">Messages that can be had.</param>
/// <param name="Requests">Messages that are wanted.</param>
/// <param name="Messages">Messages.</param>
public sealed record MvdsPayload(IReadOnlyList<MvdsId> Acks, IReadOnlyList<MvdsId> Offers, IReadOnlyList<MvdsId> Requests, IReadOnlyList<MvdsMessage> Messages)
{
    /// <summary>Such a payload is not sent.</summary>
    public bool IsEmpty => Acks.Count + Offers.Count + Requests.Count + Messages.Count == 0;
}
