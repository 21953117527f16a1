using Threads.Data.Identity;

namespace Threads.Net.Connections;

/// <summary>A security protocol: turns a raw stream into a channel whose other end is a proven peer.</summary>
internal interface ISecurity
{
    /// <summary>Its id for multistream-select.</summary>
    string Protocol { get; }

    /// <param name="stream">Raw; nothing of the handshake has been read.</param>
    /// <param name="dialer">Whether this side dialed.</param>
    /// <param name="expected">The peer that was dialed; null for whoever comes.</param>
    /// <param name="cancellationToken">Also ends a handshake that takes too long.</param>
    /// <exception cref="ThreadsPeerException">The handshake failed, or another peer answered.</exception>
    ValueTask<SecureChannel> SecureAsync(Stream stream, bool dialer, PeerId? expected, CancellationToken cancellationToken);
}

/// <summary>An encrypted stream to a proven peer.</summary>
/// <param name="Stream">Owns the raw stream.</param>
/// <param name="Peer">Who is at the other end.</param>
/// <param name="Security">Which protocol made the channel.</param>
/// <param name="Muxer">Agreed on during the handshake; null when multistream-select is still to do it.</param>
internal sealed record SecureChannel(Stream Stream, PeerId Peer, string Security, string? Muxer);

/// <summary>Ids of stream muxers.</summary>
internal static class Muxers
{
    public const string Yamux = "/yamux/1.0.0";
}
