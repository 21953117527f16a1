using Threads.Data.Resources;

namespace Threads.Data.Identity;

/// <summary>
/// The name of a peer: a multihash of its public key in protobuf (libp2p peer-ids specification). Ed25519 keys, which all of ours are, stand in it
/// whole; an RSA peer's id is only a hash (<c>Qm…</c>). The default value is no id.
/// </summary>
public readonly struct PeerId : IEquatable<PeerId>, IComparable<PeerId>
{
    private readonly byte[]? _bytes;

    private PeerId(byte[] bytes) => _bytes = bytes;

    /// <summary>False for the default value.</summary>
    public bool IsDefined => _bytes is not null;

    /// <summary>The binary form, a multihash, as it stands in messages and hashes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The peer's Ed25519 key, 32 bytes; empty when the id holds another key or only a hash.</summary>
    public ReadOnlySpan<byte> PublicKey => PeerIdForm.PublicKey(Bytes);

    /// <summary>The id of an Ed25519 public key, 32 bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The key does not have 32 bytes.</exception>
    public static PeerId FromPublicKey(ReadOnlySpan<byte> publicKey) => new(PeerIdForm.FromPublicKey(publicKey));

    /// <summary>Reads the binary form; the bytes must be one id and nothing else.</summary>
    /// <exception cref="FormatException">The bytes are no peer id; the text says why.</exception>
    public static PeerId FromBytes(ReadOnlySpan<byte> bytes)
    {
        var error = PeerIdForm.Check(bytes, mustBeEd25519: false);
        return error == PeerIdError.None ? new PeerId(bytes.ToArray()) : throw new FormatException(Strings.PeerIdBytes(error.ToString(), bytes));
    }

    /// <inheritdoc cref="FromBytes"/>
    public static bool TryFromBytes(ReadOnlySpan<byte> bytes, out PeerId id)
    {
        var valid = PeerIdForm.Check(bytes, mustBeEd25519: false) == PeerIdError.None;
        id = valid ? new PeerId(bytes.ToArray()) : default;
        return valid;
    }

    /// <summary>Reads either text: base58btc without prefix (<c>12D3KooW…</c>, <c>Qm…</c>), or a CID of a libp2p key in any multibase (<c>bafzaa…</c>).</summary>
    /// <exception cref="FormatException">The text is no peer id; the message says why.</exception>
    public static PeerId Parse(ReadOnlySpan<char> text)
    {
        var error = PeerIdForm.TryReadText(text, mustBeEd25519: false, out var bytes);
        return error == PeerIdError.None ? new PeerId(bytes) : throw new FormatException(Strings.PeerIdText(error.ToString(), text));
    }

    /// <inheritdoc cref="Parse"/>
    public static bool TryParse(ReadOnlySpan<char> text, out PeerId id)
    {
        var valid = PeerIdForm.TryReadText(text, mustBeEd25519: false, out var bytes) == PeerIdError.None;
        id = valid ? new PeerId(bytes) : default;
        return valid;
    }

    /// <summary>The binary form in a new array; empty for the default value.</summary>
    public byte[] ToBytes() => Bytes.ToArray();

    /// <summary>base58btc without a multibase prefix (<c>12D3KooW…</c>); empty for the default value.</summary>
    public override string ToString() => PeerIdForm.ToText(Bytes);

    /// <summary>The other text, a CID in lower-case base32 (<c>bafzaa…</c>); empty for the default value.</summary>
    public string ToCidText() => _bytes is null ? "" : PeerIdForm.ToCidText(_bytes);

    /// <inheritdoc/>
    public bool Equals(PeerId other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PeerId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    /// <summary>The order of the binary forms, bytewise, as edges are computed in.</summary>
    public int CompareTo(PeerId other) => Bytes.SequenceCompareTo(other.Bytes);

    /// <summary>Whether both have the same bytes.</summary>
    public static bool operator ==(PeerId left, PeerId right) => left.Equals(right);

    /// <summary>Whether their bytes differ.</summary>
    public static bool operator !=(PeerId left, PeerId right) => !left.Equals(right);
}
