using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Threads.Data.OpenSsl;
using Threads.Data.Resources;

namespace Threads.Data.Ipld;

/// <summary>
/// A content identifier (CID specification, versions 0 and 1): what a block's bytes are (codec) and their hash. Blocks of a thread are version 1,
/// dag-cbor, sha2-256: 36 bytes, text <c>bafyrei…</c>. The default value is the undefined CID.
/// </summary>
public readonly struct Cid : IEquatable<Cid>, IComparable<Cid>
{
    internal const ulong Raw = 0x55;
    internal const ulong DagProtobuf = 0x70;
    internal const ulong DagCbor = 0x71;
    internal const ulong Libp2pKey = 0x72;

    /// <summary>No CID is longer: four varints of at most 9 bytes, and a digest.</summary>
    internal const int MaxSizeBytes = (4 * Varint.MaxSizeBytes) + Multihash.MaxDigestBytes;

    internal const int DagCborSizeBytes = 36;

    private const int Sha256Bytes = Multihash.Sha256Bytes;

    // A sha2-256 CID keeps its digest inline; for every other hash _whole holds the CID's bytes.
    private readonly InlineDigest _digest;
    private readonly byte[]? _whole;
    private readonly uint _codec;
    private readonly byte _form;

    private Cid(byte form, uint codec, ReadOnlySpan<byte> digest)
    {
        _form = form;
        _codec = codec;
        digest.CopyTo(_digest);
    }

    private Cid(byte[] whole)
    {
        _form = Form.Whole;
        _whole = whole;
    }

    private static class Form
    {
        public const byte Undefined = 0;
        public const byte Version0 = 1;
        public const byte Version1 = 2;
        public const byte Whole = 3;
    }

    /// <summary>False for the default value, which names no block.</summary>
    public bool IsDefined => _form != Form.Undefined;

    /// <summary>0 or 1.</summary>
    public int Version => _form is Form.Version0 or Form.Undefined ? 0 : 1;

    /// <summary>The multicodec of the block: 0x71 dag-cbor, 0x55 raw, 0x70 dag-pb (always, in version 0).</summary>
    public ulong Codec
    {
        get
        {
            if (_form != Form.Whole)
                return _codec;
            Split(out var codec, out _, out _);
            return codec;
        }
    }

    /// <summary>The multihash code: 0x12 for sha2-256, 0 for identity, where the digest is the block itself.</summary>
    public ulong HashFunction
    {
        get
        {
            if (_form != Form.Whole)
                return IsDefined ? Multihash.Sha256 : 0;
            Split(out _, out var hash, out _);
            return hash;
        }
    }

    /// <summary>The hash itself, 32 bytes for sha2-256; valid as long as this variable.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Digest
    {
        get
        {
            if (_form == Form.Whole)
            {
                Split(out _, out _, out var start);
                return _whole.AsSpan(start);
            }
            return IsDefined ? Inline : default;
        }
    }

    /// <summary>Length of the binary form; 0 when undefined.</summary>
    public int SizeBytes => _form switch
    {
        Form.Version1 => 1 + Varint.Size(_codec) + 2 + Sha256Bytes,
        Form.Version0 => 2 + Sha256Bytes,
        Form.Whole => _whole!.Length,
        _ => 0,
    };

    /// <summary>The CID of a DAG-CBOR block: version 1, sha2-256 of its bytes.</summary>
    public static Cid ForDagCbor(ReadOnlySpan<byte> block) => Hash(DagCbor, block);

    /// <summary>The CID of a block of any bytes: version 1, raw, sha2-256.</summary>
    public static Cid ForRaw(ReadOnlySpan<byte> block) => Hash(Raw, block);

    /// <summary>The CID of a DAG-CBOR block whose sha2-256, 32 bytes, is known.</summary>
    public static Cid FromDagCborDigest(ReadOnlySpan<byte> digest)
    {
        if (digest.Length != Sha256Bytes)
            throw new ArgumentException($"A sha2-256 digest has {Sha256Bytes} bytes, not {digest.Length}.", nameof(digest));
        return new Cid(Form.Version1, (uint)DagCbor, digest);
    }

    /// <summary>Reads the binary form; the bytes must be one CID and nothing else.</summary>
    /// <exception cref="FormatException">The bytes are no CID; the text says why.</exception>
    public static Cid FromBytes(ReadOnlySpan<byte> bytes)
    {
        var error = TryRead(bytes, out var cid);
        return error == CidError.None ? cid : throw new FormatException(Strings.CidBytes(error.ToString(), bytes));
    }

    /// <inheritdoc cref="FromBytes"/>
    public static bool TryFromBytes(ReadOnlySpan<byte> bytes, out Cid cid) => TryRead(bytes, out cid) == CidError.None;

    /// <summary>Reads text: version 1 in any multibase, version 0 in base58btc without prefix (<c>Qm…</c>).</summary>
    /// <exception cref="FormatException">The text is no CID; the text says why.</exception>
    public static Cid Parse(ReadOnlySpan<char> text)
    {
        var error = TryReadText(text, out var cid);
        return error == CidError.None ? cid : throw new FormatException(Strings.CidText(error.ToString(), text));
    }

    /// <inheritdoc cref="Parse(ReadOnlySpan{char})"/>
    public static bool TryParse(ReadOnlySpan<char> text, out Cid cid) => TryReadText(text, out cid) == CidError.None;

    /// <summary>Writes the binary form and returns its length, <see cref="SizeBytes"/>.</summary>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public int WriteBytes(Span<byte> destination)
    {
        var size = SizeBytes;
        if (destination.Length < size)
            throw new ArgumentException($"The CID needs {size} bytes; there is room for {destination.Length}.", nameof(destination));
        switch (_form)
        {
            case Form.Version1:
                destination[0] = 1;
                var at = 1 + Varint.Write(destination[1..], _codec);
                destination[at] = (byte)Multihash.Sha256;
                destination[at + 1] = Sha256Bytes;
                Inline.CopyTo(destination[(at + 2)..]);
                break;
            case Form.Version0:
                destination[0] = (byte)Multihash.Sha256;
                destination[1] = Sha256Bytes;
                Inline.CopyTo(destination[2..]);
                break;
            case Form.Whole:
                _whole.CopyTo(destination);
                break;
        }
        return size;
    }

    /// <summary>The binary form in a new array; empty when undefined.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[SizeBytes];
        WriteBytes(bytes);
        return bytes;
    }

    /// <summary>Lower-case base32 with its prefix <c>b</c>; base58btc without prefix for version 0; empty when undefined.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[MaxSizeBytes];
        bytes = bytes[..WriteBytes(bytes)];
        return _form switch
        {
            Form.Undefined => "",
            Form.Version0 => Multibase.EncodeBase58(bytes),
            _ => Multibase.Encode(Multibase.Base32, bytes),
        };
    }

    /// <summary>Whether the block's bytes have this CID's hash. False too when the hash is neither sha2-256 nor identity, so can't be checked.</summary>
    public bool Matches(ReadOnlySpan<byte> block)
    {
        switch (HashFunction)
        {
            case Multihash.Sha256 when IsDefined:
                Span<byte> digest = stackalloc byte[Sha256Bytes];
                BlockHash.Sha256(block, digest);
                return digest.SequenceEqual(Digest);
            case Multihash.Identity when IsDefined:
                return block.SequenceEqual(Digest);
            default:
                return false;
        }
    }

    /// <inheritdoc/>
    public bool Equals(Cid other) => _form == other._form && _codec == other._codec
        && (_form == Form.Whole ? _whole.AsSpan().SequenceEqual(other._whole) : Inline.SequenceEqual(other.Inline));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Cid other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        if (_form != Form.Whole)
            return MemoryMarshal.Read<int>(Inline);
        var hash = new HashCode();
        hash.AddBytes(_whole);
        return hash.ToHashCode();
    }

    /// <summary>The order of the binary forms, bytewise.</summary>
    public int CompareTo(Cid other)
    {
        if (_form == other._form && _codec == other._codec && _form != Form.Whole)
            return Inline.SequenceCompareTo(other.Inline);
        Span<byte> left = stackalloc byte[MaxSizeBytes];
        Span<byte> right = stackalloc byte[MaxSizeBytes];
        left = left[..WriteBytes(left)];
        return left.SequenceCompareTo(right[..other.WriteBytes(right)]);
    }

    /// <summary>Whether both name the same block in the same way.</summary>
    public static bool operator ==(Cid left, Cid right) => left.Equals(right);

    /// <summary>Whether they differ in version, codec or hash.</summary>
    public static bool operator !=(Cid left, Cid right) => !left.Equals(right);

    internal static CidError TryRead(ReadOnlySpan<byte> bytes, out Cid cid)
    {
        var error = TryRead(bytes, out cid, out var size);
        if (error != CidError.None || size == bytes.Length)
            return error;
        cid = default;
        return CidError.TrailingBytes;
    }

    /// <summary>Reads a CID at the beginning of the bytes, where something else may follow as in a CAR file.</summary>
    internal static CidError TryRead(ReadOnlySpan<byte> bytes, out Cid cid, out int sizeBytes)
    {
        cid = default;
        sizeBytes = 0;

        // 12 20 can only begin a version 0 CID: there is no version 18.
        if (bytes is [(byte)Multihash.Sha256, Sha256Bytes, ..])
        {
            if (bytes.Length < 2 + Sha256Bytes)
                return CidError.Truncated;
            sizeBytes = 2 + Sha256Bytes;
            cid = new Cid(Form.Version0, (uint)DagProtobuf, bytes[2..sizeBytes]);
            return CidError.None;
        }
        var at = 0;
        var error = Multihash.ReadVarint(bytes, ref at, out var version);
        if (error != CidError.None)
            return error;
        if (version != 1)
            return CidError.UnknownVersion;
        if ((error = Multihash.ReadVarint(bytes, ref at, out var codec)) != CidError.None
            || (error = Multihash.TryRead(bytes[at..], out var hash, out var digestStart, out var hashSize)) != CidError.None)
            return error;
        sizeBytes = at + hashSize;
        cid = hash == Multihash.Sha256 && codec <= uint.MaxValue
            ? new Cid(Form.Version1, (uint)codec, bytes[(at + digestStart)..sizeBytes])
            : new Cid(bytes[..sizeBytes].ToArray());
        return CidError.None;
    }

    internal static CidError TryReadText(ReadOnlySpan<char> text, out Cid cid)
    {
        cid = default;
        Span<byte> bytes = stackalloc byte[MaxSizeBytes];
        if (text.Length == 46 && text.StartsWith("Qm"))
        {
            if (!Multibase.TryDecodeBase58(text, bytes, out var size))
                return CidError.Text;
            return TryRead(bytes[..size], out cid);
        }
        switch (Multibase.TryDecode(text, bytes, out var written))
        {
            case MultibaseStatus.Ok:
                var error = TryRead(bytes[..written], out cid);
                if (error != CidError.None || cid.Version != 0)
                    return error;
                cid = default;
                return CidError.PrefixedVersion0;
            case MultibaseStatus.UnknownPrefix:
                return CidError.UnknownMultibase;
            default:
                return CidError.Text;
        }
    }

    /// <summary>A version 1 CID of any codec around a whole multihash.</summary>
    internal static Cid FromMultihash(ulong codec, ReadOnlySpan<byte> multihash)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(multihash.Length, MaxSizeBytes);
        Span<byte> bytes = stackalloc byte[1 + Varint.MaxSizeBytes + multihash.Length];
        bytes[0] = 1;
        var at = 1 + Varint.Write(bytes[1..], codec);
        multihash.CopyTo(bytes[at..]);
        return FromBytes(bytes[..(at + multihash.Length)]);
    }

    private static Cid Hash(ulong codec, ReadOnlySpan<byte> block)
    {
        Span<byte> digest = stackalloc byte[Sha256Bytes];
        BlockHash.Sha256(block, digest);
        return new Cid(Form.Version1, (uint)codec, digest);
    }

    [UnscopedRef]
    private ReadOnlySpan<byte> Inline => _digest;

    private void Split(out ulong codec, out ulong hash, out int digestStart)
    {
        var at = 1;
        Multihash.ReadVarint(_whole, ref at, out codec);
        Multihash.TryRead(_whole.AsSpan(at), out hash, out digestStart, out _);
        digestStart += at;
    }

    [InlineArray(Sha256Bytes)]
    private struct InlineDigest
    {
        private byte _first;
    }
}
