using System.Buffers.Text;
using Threads.Data.Access;
using Threads.Data.Cryptography;
using Threads.Data.Events;
using Threads.Data.Identity;
using Threads.Data.Ipld;

namespace Threads.Data;

/// <summary>
/// A device asks to be let in: it shows its public key, as text or QR code, and an admin answers with <see cref="LocalThread.Approve"/>, whose invitation only this device can open (Blocktree, section 2, joining). No secret. The device
/// signed it, name included.
/// </summary>
public sealed class ThreadJoinRequest
{
    /// <summary>The longest name.</summary>
    public const int MaxNameChars = 256;

    private const string Scheme = "threads-request:";
    private const int MaxChars = 4_096;
    private const int SignatureSize = 64;

    private readonly byte[] _bytes;

    private ThreadJoinRequest(byte[] bytes, PeerId peer, string name) => (_bytes, Peer, Name) = (bytes, peer, name);

    /// <summary>Who asks.</summary>
    public PeerId Peer { get; }

    /// <summary>What the device calls itself; anybody may call itself anything: compare the <see cref="Peer"/>.</summary>
    public string Name { get; }

    /// <summary>A request by the identity that the new file will have (<see cref="ThreadsDataSourceBuilder.UseIdentity"/>).</summary>
    /// <exception cref="ArgumentException">The name is longer than 256 characters.</exception>
    public static ThreadJoinRequest Create(PeerIdentity identity, string name = "")
    {
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, MaxNameChars, nameof(name));
        using var writer = new CborWriter();
        writer.StartArray(2);
        writer.WriteBytes(identity.Id.Bytes);
        writer.WriteText(name);
        var bytes = new byte[writer.Length + SignatureSize];
        writer.WrittenSpan.CopyTo(bytes);
        identity.Key.Sign(Statement(writer.WrittenSpan), bytes.AsSpan(writer.Length));
        return new ThreadJoinRequest(bytes, identity.Id, name);
    }

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="ThreadsException"><see cref="ThreadsErrorCode.InvitationDamaged"/>: it is none, or altered.</exception>
    public static ThreadJoinRequest Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            text = text.Trim();
            PayloadHeader.Expect(text.Length <= MaxChars && text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase), "a text that begins with 'threads-request:'");
            var bytes = Base64Url.DecodeFromChars(text.AsSpan(Scheme.Length));
            PayloadHeader.Expect(bytes.Length > SignatureSize, "a signature");
            var reader = new CborReader(bytes.AsSpan()[..^SignatureSize]);
            PayloadHeader.Expect(reader.ReadArray() == 2, "a peer and a name");
            var peer = PeerId.Parse(AccessPrincipal.ReadPeer(reader.ReadBytes()));
            var name = reader.ReadText();
            reader.EnsureEnd();
            PayloadHeader.Expect(name.Length <= MaxNameChars, "a name of at most 256 characters");
            PayloadHeader.Expect(Ed25519PublicKey.Verify(peer.PublicKey, Statement(bytes.AsSpan()[..^SignatureSize]), bytes.AsSpan(bytes.Length - SignatureSize)), "the device's signature: it was altered");
            return new ThreadJoinRequest(bytes, peer, name);
        }
        catch (Exception e) when (e is CborException or FormatException)
        {
            throw ThreadsErrors.InvitationDamaged(e.Message, e);
        }
    }

    /// <summary>One line of text.</summary>
    public override string ToString() => Scheme + Base64Url.EncodeToString(_bytes);

    private static byte[] Statement(ReadOnlySpan<byte> body) => [.. "threads-ef request 1"u8, .. body];
}
