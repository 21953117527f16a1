using Threads.Data.Access;
using Threads.Data.Cryptography;
using Threads.Data.Events;
using Threads.Data.Identity;

namespace Threads.Data;

/// <summary>Whom an access list names: a peer by its identity, a group by its name, or everybody. A <see cref="PeerId"/> and a group's name convert to it.</summary>
public readonly struct ThreadPrincipal : IEquatable<ThreadPrincipal>
{
    private readonly string? _text;

    private ThreadPrincipal(string text) => _text = text;

    /// <summary>Everybody: what a list says of those it does not name. Also the default value.</summary>
    public static ThreadPrincipal Everybody => default;

    /// <summary>A peer: one device, one identity (<see cref="LocalThread.Identity"/>).</summary>
    /// <exception cref="ThreadsException">Its key is none of Ed25519, or of small order.</exception>
    public static ThreadPrincipal Peer(PeerId peer)
        => LogId.TryFromBytes(peer.Bytes, out var id) && Ed25519Rule.AdmitsPublicKey(id.PublicKey)
            ? new(AccessPrincipal.Of(peer)) : throw ThreadsErrors.AccessChange(Resources.Strings.AccessPeer(peer.ToString()));

    /// <summary>A group, 1 to 256 characters; it begins with its first member or grant.</summary>
    /// <exception cref="ThreadsException">It is no name.</exception>
    public static ThreadPrincipal Group(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        try
        {
            return new(AccessPrincipal.Group(name));
        }
        catch (EventFormatException)
        {
            throw ThreadsErrors.AccessChange(Resources.Strings.AccessGroup(name));
        }
    }

    /// <inheritdoc cref="Peer"/>
    public static implicit operator ThreadPrincipal(PeerId peer) => Peer(peer);

    /// <inheritdoc cref="Group"/>
    public static implicit operator ThreadPrincipal(string group) => Group(group);

    internal string Text => _text ?? AccessPrincipal.Everybody;

    /// <summary>The peer's id, the group's name behind an @, or *.</summary>
    public override string ToString() => Text;

    /// <inheritdoc/>
    public bool Equals(ThreadPrincipal other) => Text == other.Text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ThreadPrincipal other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <summary>Whether both name the same.</summary>
    public static bool operator ==(ThreadPrincipal left, ThreadPrincipal right) => left.Equals(right);

    /// <summary>Whether they name others.</summary>
    public static bool operator !=(ThreadPrincipal left, ThreadPrincipal right) => !left.Equals(right);
}
