namespace Threads.Data.Ipld;

/// <summary>An encoding of one to six bits a character (RFC 4648 and its relatives).</summary>
internal sealed class RadixEncoding
{
    private const byte None = 0xff;
    private readonly string _alphabet;
    private readonly byte[] _values = new byte[128];
    private readonly int _bits;
    private readonly int _padTo;

    public RadixEncoding(string alphabet, int bits, bool ignoreCase = false, int padTo = 0)
    {
        _alphabet = alphabet;
        _bits = bits;
        _padTo = padTo;
        Array.Fill(_values, None);
        for (var i = 0; i < alphabet.Length; i++)
        {
            _values[alphabet[i]] = (byte)i;
            if (ignoreCase)
                _values[char.ToUpperInvariant(alphabet[i])] = _values[char.ToLowerInvariant(alphabet[i])] = (byte)i;
        }
    }

    public string Encode(char prefix, ReadOnlySpan<byte> bytes)
    {
        var digits = ((bytes.Length * 8) + _bits - 1) / _bits;
        var padded = _padTo == 0 ? digits : (digits + _padTo - 1) / _padTo * _padTo;
        return string.Create(1 + padded, new State(this, prefix, digits, bytes), static (chars, state) =>
        {
            chars[0] = state.Prefix;
            state.Encoding.Fill(chars.Slice(1, state.Digits), state.Bytes);
            chars[(1 + state.Digits)..].Fill('=');
        });
    }

    public MultibaseStatus TryDecode(ReadOnlySpan<char> text, Span<byte> destination, out int written)
    {
        written = 0;
        if (_padTo > 0)
        {
            var digits = text.TrimEnd('=');
            if (text.Length % _padTo != 0 || text.Length - digits.Length >= _padTo)
                return MultibaseStatus.Malformed;
            text = digits;
        }
        uint pending = 0;
        var pendingBits = 0;
        foreach (var character in text)
        {
            var value = character < _values.Length ? _values[character] : None;
            if (value == None)
                return MultibaseStatus.Malformed;
            pending = (pending << _bits) | value;
            pendingBits += _bits;
            if (pendingBits < 8)
                continue;
            pendingBits -= 8;
            if (written == destination.Length)
                return MultibaseStatus.TooLong;
            destination[written++] = (byte)(pending >> pendingBits);
            pending &= (1u << pendingBits) - 1;
        }
        // A whole character too many, or bits that are not zero, would give the same bytes a second text.
        return pendingBits >= _bits || pending != 0 ? MultibaseStatus.Malformed : MultibaseStatus.Ok;
    }

    private void Fill(Span<char> digits, ReadOnlySpan<byte> bytes)
    {
        uint pending = 0;
        var pendingBits = 0;
        var next = 0;
        var mask = (1u << _bits) - 1;
        foreach (var value in bytes)
        {
            pending = (pending << 8) | value;
            pendingBits += 8;
            while (pendingBits >= _bits)
            {
                pendingBits -= _bits;
                digits[next++] = _alphabet[(int)((pending >> pendingBits) & mask)];
            }
        }
        if (pendingBits > 0)
            digits[next] = _alphabet[(int)((pending << (_bits - pendingBits)) & mask)];
    }

    private readonly ref struct State(RadixEncoding encoding, char prefix, int digits, ReadOnlySpan<byte> bytes)
    {
        public RadixEncoding Encoding { get; } = encoding;

        public char Prefix { get; } = prefix;

        public int Digits { get; } = digits;

        public ReadOnlySpan<byte> Bytes { get; } = bytes;
    }
}
