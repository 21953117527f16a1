using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using Threads.Data.Ipld;
using Threads.Data.Resources;

namespace Threads.Data.Identity;

/// <summary>
/// Where a peer, a thread or a log is found, step by step: <c>/ip4/1.2.3.4/tcp/4006/p2p/12D3KooW…/thread/bafk…</c> (multiaddr specification;
/// protocol <c>thread</c> from go-threads). Text that differs only in spelling gives equal addresses.
/// </summary>
public sealed class Multiaddress : IEquatable<Multiaddress>
{
    /// <summary>Longer addresses, as text or bytes, are refused.</summary>
    public const int MaxLength = 2048;

    private readonly byte[] _bytes;

    private Multiaddress(byte[] bytes, IReadOnlyList<MultiaddressPart> parts)
    {
        _bytes = bytes;
        Parts = parts;
    }

    /// <summary>The steps in order.</summary>
    public IReadOnlyList<MultiaddressPart> Parts { get; }

    /// <summary>The binary form.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The peer of the last <c>/p2p</c> step: the one the address leads to, behind any relay.</summary>
    public PeerId? Peer => LastValue("p2p") is { } text ? PeerId.Parse(text) : null;

    /// <summary>The thread of the <c>/thread</c> step.</summary>
    public ThreadId? Thread => LastValue("thread") is { } text ? ThreadId.Parse(text) : null;

    /// <summary>The log of the <c>/log</c> step.</summary>
    public LogId? Log => LastValue("log") is { } text ? LogId.Parse(text) : null;

    /// <summary>Reads text; older names (<c>/ipfs</c>, <c>/ipel</c>) too.</summary>
    /// <exception cref="FormatException">The text is no multiaddress; the message says what and where.</exception>
    public static Multiaddress Parse(ReadOnlySpan<char> text)
    {
        var error = TryReadText(text, out var address, out var where);
        return error == MultiaddressError.None ? address! : throw new FormatException(Strings.MultiaddressText(error.ToString(), text, where));
    }

    /// <inheritdoc cref="Parse"/>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out Multiaddress? address) =>
        TryReadText(text, out address, out _) == MultiaddressError.None;

    /// <summary>Reads the binary form.</summary>
    /// <exception cref="FormatException">The bytes are no multiaddress; the text says why.</exception>
    public static Multiaddress FromBytes(ReadOnlySpan<byte> bytes)
    {
        var error = TryRead(bytes, out var address, out var where);
        return error == MultiaddressError.None ? address! : throw new FormatException(Strings.MultiaddressBytes(error.ToString(), bytes, where));
    }

    /// <inheritdoc cref="FromBytes"/>
    public static bool TryFromBytes(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Multiaddress? address) =>
        TryRead(bytes, out address, out _) == MultiaddressError.None;

    /// <summary>The address of a peer without a way to dial it, as logs carry: <c>/p2p/…</c>.</summary>
    public static Multiaddress ForPeer(PeerId peer) => Parse($"/p2p/{peer}");

    /// <summary>This address with another behind it; <c>/ip4/1.2.3.4/tcp/4006</c> and <c>/p2p/…</c>, say.</summary>
    public Multiaddress Append(Multiaddress rest) => FromBytes([.. _bytes, .. rest._bytes]);

    /// <summary>This address with <c>/thread/…</c> behind it: what somebody joins the thread by.</summary>
    public Multiaddress Append(ThreadId thread) => Append(Parse($"/thread/{thread}"));

    /// <summary>This address with <c>/log/…</c> behind it.</summary>
    public Multiaddress Append(LogId log) => Append(Parse($"/log/{log}"));

    /// <summary>The binary form in a new array.</summary>
    public byte[] ToBytes() => [.. _bytes];

    /// <summary>The text, each part in its usual spelling.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (protocol, value) in Parts)
        {
            text.Append('/').Append(protocol);
            // A path brings its own slash.
            if (value is not null)
                text.Append(value[0] == '/' ? "" : "/").Append(value);
        }
        return text.ToString();
    }

    /// <inheritdoc/>
    public bool Equals(Multiaddress? other) => other is not null && _bytes.AsSpan().SequenceEqual(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Multiaddress);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }

    internal static MultiaddressError TryReadText(ReadOnlySpan<char> text, out Multiaddress? address, out string where)
    {
        address = null;
        where = "";
        if (text.IsEmpty)
            return MultiaddressError.Empty;
        if (text.Length > MaxLength)
            return MultiaddressError.TooLong;
        if (text[0] != '/')
            return MultiaddressError.MissingSlash;

        var bytes = new List<byte>(text.Length);
        for (var rest = text; !rest.IsEmpty;)
        {
            var name = TakeStep(ref rest);
            where = name.ToString();
            if (MultiaddressProtocol.Find(name) is not { } protocol)
                return MultiaddressError.UnknownProtocol;
            AppendVarint(bytes, (ulong)protocol.Code);
            if (protocol.Value == MultiaddressValue.None)
                continue;
            if (rest.Length < 2)
                return MultiaddressError.MissingValue;
            var value = protocol.Value == MultiaddressValue.Path ? rest : TakeStep(ref rest);
            if (protocol.Value == MultiaddressValue.Path)
                rest = default;
            if (MultiaddressPart.ToBytes(protocol.Value, value) is not { } valueBytes)
                return MultiaddressError.InvalidValue;
            if (protocol.SizeBytes < 0)
                AppendVarint(bytes, (ulong)valueBytes.Length);
            bytes.AddRange(valueBytes);
        }
        return TryRead(CollectionsMarshal.AsSpan(bytes), out address, out where);
    }

    internal static MultiaddressError TryRead(ReadOnlySpan<byte> bytes, out Multiaddress? address, out string where)
    {
        address = null;
        where = "";
        if (bytes.IsEmpty)
            return MultiaddressError.Empty;
        if (bytes.Length > MaxLength)
            return MultiaddressError.TooLong;

        var parts = new List<MultiaddressPart>();
        for (var rest = bytes; !rest.IsEmpty;)
        {
            var error = ReadVarint(ref rest, out var code);
            if (error != MultiaddressError.None)
                return error;
            where = $"{code}";
            if (MultiaddressProtocol.Find(code) is not { } protocol)
                return MultiaddressError.UnknownProtocol;
            where = protocol.Name;
            var size = (ulong)protocol.SizeBytes;
            if (protocol.SizeBytes < 0 && (error = ReadVarint(ref rest, out size)) != MultiaddressError.None)
                return error;
            if (size > (ulong)rest.Length)
                return MultiaddressError.Truncated;
            if (MultiaddressPart.ToText(protocol.Value, rest[..(int)size]) is not { } value)
                return MultiaddressError.InvalidValue;
            parts.Add(new MultiaddressPart(protocol.Name, protocol.Value == MultiaddressValue.None ? null : value));
            rest = rest[(int)size..];
            // In text a path takes all that follows.
            if (protocol.Value == MultiaddressValue.Path && !rest.IsEmpty)
                return MultiaddressError.InvalidValue;
        }
        address = new Multiaddress(bytes.ToArray(), parts.AsReadOnly());
        return MultiaddressError.None;
    }

    private string? LastValue(string protocol)
    {
        for (var i = Parts.Count - 1; i >= 0; i--)
        {
            if (Parts[i].Protocol == protocol)
                return Parts[i].Value;
        }
        return null;
    }

    private static ReadOnlySpan<char> TakeStep(ref ReadOnlySpan<char> rest)
    {
        var step = rest[1..];
        var end = step.IndexOf('/');
        rest = end < 0 ? default : step[end..];
        return end < 0 ? step : step[..end];
    }

    private static void AppendVarint(List<byte> bytes, ulong value)
    {
        Span<byte> varint = stackalloc byte[Varint.MaxSizeBytes];
        bytes.AddRange(varint[..Varint.Write(varint, value)]);
    }

    private static MultiaddressError ReadVarint(ref ReadOnlySpan<byte> rest, out ulong value)
    {
        var status = Varint.Read(rest, out value, out var size);
        rest = rest[size..];
        return status switch
        {
            VarintStatus.Ok => MultiaddressError.None,
            VarintStatus.Truncated => MultiaddressError.Truncated,
            _ => MultiaddressError.InvalidVarint,
        };
    }
}
