using System.Net;
using Threads.Data.Identity;

namespace Threads.Net.Connections;

/// <summary>The open connections, and the limits on them: in all, per peer, per IP address (LIBP2P 16). Thread-safe.</summary>
internal sealed class ConnectionTable(ThreadsPeerOptions options, PeerId self)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<PeerId, List<PeerConnection>> _byPeer = [];
    private readonly Dictionary<IPAddress, int> _byAddress = [];
    private int _count;

    public IReadOnlyList<PeerConnection> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _byPeer.Values.SelectMany(c => c)];
            }
        }
    }

    /// <summary>False, and nothing changed, when a limit is reached; <paramref name="limit"/> says which.</summary>
    public bool TryAdd(PeerConnection connection, out string limit)
    {
        lock (_gate)
        {
            var ofPeer = _byPeer.GetValueOrDefault(connection.Peer);
            var ofAddress = connection.IP is { } ip ? _byAddress.GetValueOrDefault(ip) : 0;
            limit = _count >= options.MaxConnections ? nameof(options.MaxConnections)
                : ofPeer?.Count >= options.MaxConnectionsPerPeer ? nameof(options.MaxConnectionsPerPeer)
                : ofAddress >= options.MaxConnectionsPerAddress ? nameof(options.MaxConnectionsPerAddress)
                : "";
            if (limit != "")
            {
                return false;
            }

            if (ofPeer is null)
            {
                _byPeer.Add(connection.Peer, ofPeer = []);
            }

            ofPeer.Add(connection);
            _count++;
            if (connection.IP is { } address)
            {
                _byAddress[address] = ofAddress + 1;
            }

            return true;
        }
    }

    public void Remove(PeerConnection connection, out bool wasLast)
    {
        lock (_gate)
        {
            wasLast = false;
            if (!_byPeer.TryGetValue(connection.Peer, out var ofPeer) || !ofPeer.Remove(connection))
            {
                return;
            }

            _count--;
            if (wasLast = ofPeer.Count == 0)
            {
                _byPeer.Remove(connection.Peer);
            }

            if (connection.IP is { } ip && --_byAddress[ip] == 0)
            {
                _byAddress.Remove(ip);
            }
        }
    }

    /// <summary>
    /// The connection to use for a new stream: direct before relayed; of two that crossed, the one that the peer with the smaller id dialed, so
    /// that both sides choose alike.
    /// </summary>
    public PeerConnection? Find(PeerId peer)
    {
        lock (_gate)
        {
            var smallerDials = self.CompareTo(peer) < 0;
            return _byPeer.GetValueOrDefault(peer)?.Where(c => c.EndReason is null).OrderBy(c => c.IsLimited).ThenBy(c => c.IsRelayed).ThenBy(c => c.IsOutbound != smallerDials).FirstOrDefault();
        }
    }
}
