using Threads.Data.Cryptography;
using Threads.Data.Ipld;
using Threads.Data.Resources;

namespace Threads.Data.Identity;

/// <summary>
/// The name of a thread: version 1, variant, at least 16 random bytes; text in lower-case base32, <c>bafk…</c> raw, <c>bafy…</c> access-controlled
/// (Threads whitepaper, 3.2.1). Two ids are the same when their bytes are. The default value is no id.
/// </summary>
public readonly struct ThreadId : IEquatable<ThreadId>, IComparable<ThreadId>
{
    /// <summary>JavaScript clients refuse ids with fewer random bytes, though go-threads takes any number.</summary>
    public const int MinRandomBytes = 16;

    /// <summary>Ids with more random bytes are refused, so that nobody stores books in them.</summary>
    public const int MaxRandomBytes = 128;

    private const ulong CurrentVersion = 1;

    // Version and variant are below 128 and minimal, so each takes one byte.
    private const int PrefixBytes = 2;

    private readonly byte[]? _bytes;

    private ThreadId(byte[] bytes) => _bytes = bytes;

    /// <summary>False for the default value.</summary>
    public bool IsDefined => _bytes is not null;

    /// <summary>1; 0 for the default value.</summary>
    public int Version => IsDefined ? (int)CurrentVersion : 0;

    /// <summary>Raw or access-controlled; 0 for the default value.</summary>
    public ThreadVariant Variant => _bytes is null ? default : (ThreadVariant)_bytes[1];

    /// <summary>The random component.</summary>
    public ReadOnlySpan<byte> Random => _bytes.AsSpan(_bytes is null ? 0 : PrefixBytes);

    /// <summary>The binary form: version, variant, random component.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>A new id of <paramref name="sizeBytes"/> random bytes, 16 to 128.</summary>
    public static ThreadId NewRandom(ThreadVariant variant = ThreadVariant.Raw, int sizeBytes = 32) =>
        NewRandom(SystemRandomSource.Instance, variant, sizeBytes);

    /// <summary>Reads the binary form; the bytes must be one id and nothing else.</summary>
    /// <exception cref="FormatException">The bytes are no thread id; the text says why.</exception>
    public static ThreadId FromBytes(ReadOnlySpan<byte> bytes)
    {
        var error = TryRead(bytes, out var id);
        return error == ThreadIdError.None ? id : throw new FormatException(Strings.ThreadIdBytes(error.ToString(), bytes));
    }

    /// <inheritdoc cref="FromBytes"/>
    public static bool TryFromBytes(ReadOnlySpan<byte> bytes, out ThreadId id) => TryRead(bytes, out id) == ThreadIdError.None;

    /// <summary>Reads text in any multibase encoding.</summary>
    /// <exception cref="FormatException">The text is no thread id; the message says why.</exception>
    public static ThreadId Parse(ReadOnlySpan<char> text)
    {
        var error = TryReadText(text, out var id);
        return error == ThreadIdError.None ? id : throw new FormatException(Strings.ThreadIdText(error.ToString(), text));
    }

    /// <inheritdoc cref="Parse"/>
    public static bool TryParse(ReadOnlySpan<char> text, out ThreadId id) => TryReadText(text, out id) == ThreadIdError.None;

    /// <summary>The binary form in a new array; empty for the default value.</summary>
    public byte[] ToBytes() => Bytes.ToArray();

    /// <summary>Lower-case base32 with its prefix <c>b</c>; empty for the default value.</summary>
    public override string ToString() => _bytes is null ? "" : Multibase.Encode(Multibase.Base32, _bytes);

    /// <inheritdoc/>
    public bool Equals(ThreadId other) => IsDefined == other.IsDefined && Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ThreadId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    /// <summary>The order of the binary forms, bytewise.</summary>
    public int CompareTo(ThreadId other) => Bytes.SequenceCompareTo(other.Bytes);

    /// <summary>Whether both have the same bytes.</summary>
    public static bool operator ==(ThreadId left, ThreadId right) => left.Equals(right);

    /// <summary>Whether their bytes differ.</summary>
    public static bool operator !=(ThreadId left, ThreadId right) => !left.Equals(right);

    internal static ThreadId NewRandom(IRandomSource random, ThreadVariant variant = ThreadVariant.Raw, int sizeBytes = 32)
    {
        if (variant is not (ThreadVariant.Raw or ThreadVariant.AccessControlled))
            throw new ArgumentOutOfRangeException(nameof(variant), variant, Strings.ThreadVariantUnknown((int)variant));
        ArgumentOutOfRangeException.ThrowIfLessThan(sizeBytes, MinRandomBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sizeBytes, MaxRandomBytes);
        var bytes = new byte[PrefixBytes + sizeBytes];
        bytes[0] = (byte)CurrentVersion;
        bytes[1] = (byte)variant;
        random.Fill(bytes.AsSpan(PrefixBytes));
        return new ThreadId(bytes);
    }

    internal static ThreadIdError TryRead(ReadOnlySpan<byte> bytes, out ThreadId id)
    {
        id = default;
        var error = ReadVarint(bytes, out var version, out var versionBytes);
        if (error != ThreadIdError.None)
            return error;
        if (version != CurrentVersion)
            return ThreadIdError.UnknownVersion;
        error = ReadVarint(bytes[versionBytes..], out var variant, out var variantBytes);
        if (error != ThreadIdError.None)
            return error;
        if (variant is not ((ulong)ThreadVariant.Raw or (ulong)ThreadVariant.AccessControlled))
            return ThreadIdError.UnknownVariant;
        switch (bytes.Length - versionBytes - variantBytes)
        {
            case < MinRandomBytes:
                return ThreadIdError.RandomTooShort;
            case > MaxRandomBytes:
                return ThreadIdError.RandomTooLong;
        }
        id = new ThreadId(bytes.ToArray());
        return ThreadIdError.None;
    }

    internal static ThreadIdError TryReadText(ReadOnlySpan<char> text, out ThreadId id)
    {
        id = default;
        Span<byte> bytes = stackalloc byte[PrefixBytes + MaxRandomBytes + Varint.MaxSizeBytes];
        return Multibase.TryDecode(text, bytes, out var written) switch
        {
            MultibaseStatus.Ok => TryRead(bytes[..written], out id),
            MultibaseStatus.UnknownPrefix => ThreadIdError.UnknownMultibase,
            MultibaseStatus.TooLong => ThreadIdError.RandomTooLong,
            _ => ThreadIdError.Text,
        };
    }

    private static ThreadIdError ReadVarint(ReadOnlySpan<byte> bytes, out ulong value, out int sizeBytes) =>
        Varint.Read(bytes, out value, out sizeBytes) switch
        {
            VarintStatus.Ok => ThreadIdError.None,
            VarintStatus.Truncated => ThreadIdError.Truncated,
            VarintStatus.NotMinimal => ThreadIdError.VarintNotMinimal,
            _ => ThreadIdError.VarintTooLong,
        };
}
