using Threads.Data.Resources;

namespace Threads.Data.Identity;

/// <summary>
/// The name of a log, made of the public key that every record of it is signed with (Threads whitepaper, 3.1.3): the peer id of the log's own key
/// pair, not of the host that keeps it, nor of the identity that writes. Always Ed25519. The default value is no id.
/// </summary>
public readonly struct LogId : IEquatable<LogId>, IComparable<LogId>
{
    private readonly byte[]? _bytes;

    private LogId(byte[] bytes) => _bytes = bytes;

    /// <summary>False for the default value.</summary>
    public bool IsDefined => _bytes is not null;

    /// <summary>The binary form, a multihash of 38 bytes, as it stands in messages and hashes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The key that verifies the log's records, 32 bytes; empty for the default value.</summary>
    public ReadOnlySpan<byte> PublicKey => PeerIdForm.PublicKey(Bytes);

    /// <summary>The id of an Ed25519 public key, 32 bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The key does not have 32 bytes.</exception>
    public static LogId FromPublicKey(ReadOnlySpan<byte> publicKey) => new(PeerIdForm.FromPublicKey(publicKey));

    /// <summary>Reads the binary form; the bytes must be one id and nothing else.</summary>
    /// <exception cref="FormatException">The bytes are no log id; the text says why.</exception>
    public static LogId FromBytes(ReadOnlySpan<byte> bytes)
    {
        var error = PeerIdForm.Check(bytes, mustBeEd25519: true);
        return error == PeerIdError.None ? new LogId(bytes.ToArray()) : throw new FormatException(Strings.LogIdBytes(error.ToString(), bytes));
    }

    /// <inheritdoc cref="FromBytes"/>
    public static bool TryFromBytes(ReadOnlySpan<byte> bytes, out LogId id)
    {
        var valid = PeerIdForm.Check(bytes, mustBeEd25519: true) == PeerIdError.None;
        id = valid ? new LogId(bytes.ToArray()) : default;
        return valid;
    }

    /// <summary>Reads either text: base58btc without prefix (<c>12D3KooW…</c>), or a CID of a libp2p key in any multibase (<c>bafzaa…</c>).</summary>
    /// <exception cref="FormatException">The text is no log id; the message says why.</exception>
    public static LogId Parse(ReadOnlySpan<char> text)
    {
        var error = PeerIdForm.TryReadText(text, mustBeEd25519: true, out var bytes);
        return error == PeerIdError.None ? new LogId(bytes) : throw new FormatException(Strings.LogIdText(error.ToString(), text));
    }

    /// <inheritdoc cref="Parse"/>
    public static bool TryParse(ReadOnlySpan<char> text, out LogId id)
    {
        var valid = PeerIdForm.TryReadText(text, mustBeEd25519: true, out var bytes) == PeerIdError.None;
        id = valid ? new LogId(bytes) : default;
        return valid;
    }

    /// <summary>The binary form in a new array; empty for the default value.</summary>
    public byte[] ToBytes() => Bytes.ToArray();

    /// <summary>base58btc without a multibase prefix (<c>12D3KooW…</c>); empty for the default value.</summary>
    public override string ToString() => PeerIdForm.ToText(Bytes);

    /// <summary>The other text, a CID in lower-case base32 (<c>bafzaa…</c>); empty for the default value.</summary>
    public string ToCidText() => _bytes is null ? "" : PeerIdForm.ToCidText(_bytes);

    /// <inheritdoc/>
    public bool Equals(LogId other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is LogId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    /// <summary>The order of the binary forms, bytewise, as edges are computed in.</summary>
    public int CompareTo(LogId other) => Bytes.SequenceCompareTo(other.Bytes);

    /// <summary>Whether both have the same bytes.</summary>
    public static bool operator ==(LogId left, LogId right) => left.Equals(right);

    /// <summary>Whether their bytes differ.</summary>
    public static bool operator !=(LogId left, LogId right) => !left.Equals(right);
}
