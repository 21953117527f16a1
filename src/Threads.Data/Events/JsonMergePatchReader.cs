using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Threads.Data.Events;

/// <summary>
/// CBOR as go-threads' library takes it (FORMATS 3, "Strictness"): longer heads than needed, indefinite lengths, keys in any order, short floats,
/// undefined for null. Refused are duplicate keys, tags other than links, other simple values, keys that are not text. Pass it by reference.
/// </summary>
internal ref struct JsonMergePatchReader(ReadOnlySpan<byte> bytes)
{
    /// <summary>go-threads knows no limit; deeper is refused here.</summary>
    public const int MaxDepth = 512;

    private const int Bytes = 2, Text = 3, List = 4, Map = 5, Tag = 6, Simple = 7;
    private const byte Break = 0xff;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    public readonly int Position => _at;

    /// <summary>Takes a null, or an undefined, if one is next.</summary>
    public bool TryReadNull()
    {
        if (Peek() is not (0xf6 or 0xf7))
            return false;
        _at++;
        return true;
    }

    /// <summary>Whether an integer is next.</summary>
    public readonly bool IsInteger() => Peek() >> 5 <= 1;

    /// <summary>
    /// Returns an integer as Go would hold it: what is negative wraps in 64 bits (−2⁶⁴ is 0), what is 2⁶³ or more stays positive there and is the
    /// largest value here.
    /// </summary>
    public long ReadInteger()
    {
        if (!IsInteger())
            throw Wrong();
        var first = _bytes[_at++];
        var value = Argument(first);
        return first >> 5 == 1 ? unchecked(-1L - (long)value) : value > long.MaxValue ? long.MaxValue : (long)value;
    }

    public string ReadText()
    {
        var text = ReadString(Text);
        return Utf8.IsValid(text) ? Encoding.UTF8.GetString(text) : throw Malformed();
    }

    public ReadOnlySpan<byte> ReadBytes() => ReadString(Bytes);

    /// <summary>Opens a list or map; returns what <see cref="HasMore"/> wants to know: how many items, or −1 for an indefinite length.</summary>
    public long ReadList() => Open(List);

    /// <inheritdoc cref="ReadList"/>
    public long ReadMap() => Open(Map);

    /// <summary>Whether another item, or pair, follows in what was opened.</summary>
    public bool HasMore(ref long remaining)
    {
        if (remaining >= 0)
            return remaining-- > 0;
        if (Peek() != Break)
            return true;
        _at++;
        return false;
    }

    /// <summary>The key of the next pair.</summary>
    public ReadOnlySpan<byte> ReadKey() => Peek() >> 5 == Text ? ReadString(Text) : throw Malformed();

    /// <summary>Steps over one item of any kind.</summary>
    public void Skip(int depth = 0)
    {
        if (depth > MaxDepth)
            throw Malformed();
        var first = Peek();
        switch (first >> 5)
        {
            case Bytes or Text:
                ReadString(first >> 5);
                break;
            case List:
                for (var remaining = ReadList(); HasMore(ref remaining);)
                    Skip(depth + 1);
                break;
            case Map:
                SkipMap(depth);
                break;
            case Tag:
                SkipLink();
                break;
            case Simple:
                SkipSimple(first);
                break;
            default:
                ReadInteger();
                break;
        }
    }

    private void SkipMap(int depth)
    {
        var seen = new HashSet<string>();
        for (var remaining = ReadMap(); HasMore(ref remaining);)
        {
            // Latin-1 keeps bytes apart that are no UTF-8.
            if (!seen.Add(Encoding.Latin1.GetString(ReadKey())))
                throw Malformed();
            Skip(depth + 1);
        }
    }

    private void SkipLink()
    {
        if (Argument(_bytes[_at++]) != 42)
            throw Malformed();
        var link = ReadString(Bytes);
        if (link is not [0, ..] || !Ipld.Cid.TryFromBytes(link[1..], out _))
            throw Malformed();
    }

    private void SkipSimple(byte first)
    {
        _at++;
        switch (first)
        {
            case 0xf4 or 0xf5 or 0xf6 or 0xf7:
                break;
            case 0xf9 or 0xfa or 0xfb:
                Take(2UL << (first - 0xf9));
                break;
            default:
                throw Malformed();
        }
    }

    private long Open(int major)
    {
        if (Peek() >> 5 != major)
            throw Wrong();
        var first = _bytes[_at++];
        if ((first & 31) == 31)
            return -1;
        var count = Argument(first);

        // Each item takes a byte at least, so a count beyond the data is refused before anything is read.
        return count <= (ulong)(_bytes.Length - _at) ? (long)count : throw Malformed();
    }

    private ReadOnlySpan<byte> ReadString(int major)
    {
        if (Peek() >> 5 != major)
            throw Wrong();
        var first = _bytes[_at++];
        if ((first & 31) != 31)
            return Take(Argument(first));
        using var all = new MemoryStream();
        while (Peek() != Break)
        {
            var part = _bytes[_at++];
            if (part >> 5 != major || (part & 31) == 31)
                throw Malformed();
            all.Write(Take(Argument(part)));
        }

        _at++;
        return all.ToArray();
    }

    private ulong Argument(byte first) => (first & 31) switch
    {
        < 24 => (ulong)(first & 31),
        24 => Take(1)[0],
        25 => BinaryPrimitives.ReadUInt16BigEndian(Take(2)),
        26 => BinaryPrimitives.ReadUInt32BigEndian(Take(4)),
        27 => BinaryPrimitives.ReadUInt64BigEndian(Take(8)),
        _ => throw Malformed(),
    };

    private ReadOnlySpan<byte> Take(ulong size)
    {
        if (size > (ulong)(_bytes.Length - _at))
            throw Malformed();
        var taken = _bytes.Slice(_at, (int)size);
        _at += (int)size;
        return taken;
    }

    private readonly byte Peek() => _at < _bytes.Length ? _bytes[_at] : throw Malformed();

    private readonly JsonMergePatchException Malformed() => new(JsonMergePatchError.MalformedPayload, At);

    private readonly JsonMergePatchException Wrong() => new(JsonMergePatchError.WrongType, At);

    private readonly string At => FormattableString.Invariant($"byte {_at}");
}
