using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Threads.Data.Cryptography;
using Threads.Net.Discovery;
using Threads.Net.Gossip;
using Threads.Net.Relay;
using Threads.Net.Yamux;

namespace Threads.Net;

/// <summary>How a <see cref="ThreadsPeer"/> meets others. Every limit has a default that fits a laptop.</summary>
public sealed record ThreadsPeerOptions
{
    /// <summary>Multiaddresses to listen on (<c>/ip4/0.0.0.0/tcp/4006</c>, <c>/ip4/0.0.0.0/tcp/4007/ws</c>); port 0 lets the system choose; <c>/…/p2p/RELAY/p2p-circuit</c> keeps a place at a relay. Empty: only dials.</summary>
    public IReadOnlyList<string> Listen { get; init; } = [];

    /// <summary>The peer's key; null makes a new one. The peer takes it over.</summary>
    public Ed25519PrivateKey? Identity { get; init; }

    /// <summary>Security protocols in order of preference.</summary>
    public IReadOnlyList<string> Security { get; init; } = ["/noise", "/tls/1.0.0"];

    /// <summary>Text that identify shows to others.</summary>
    public string AgentVersion { get; init; } = $"threads.net/{typeof(ThreadsPeerOptions).Assembly.GetName().Version?.ToString(3)}";

    /// <summary>Connections in all; more are closed at once.</summary>
    public int MaxConnections { get; init; } = 500;

    /// <summary>Connections with one peer.</summary>
    public int MaxConnectionsPerPeer { get; init; } = 4;

    /// <summary>Connections from one IP address.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 64;

    /// <summary>Inbound connections whose handshake is not done.</summary>
    public int MaxUpgrades { get; init; } = 64;

    /// <summary>Time for a handshake with all that belongs to it.</summary>
    public TimeSpan UpgradeTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Time to connect to an address.</summary>
    public TimeSpan DialTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Time to agree on a stream's protocol.</summary>
    public TimeSpan NegotiationTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A malformed message resets its stream; after so many of them within a minute the connection is closed.</summary>
    public int MaxOffensesPerMinute { get; init; } = 20;

    /// <summary>A connection without a stream for so long is closed; null keeps it.</summary>
    public TimeSpan? IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>After a dial to an address failed, the next is refused for so long, twice as long after each further one, up to a minute.</summary>
    public TimeSpan DialBackOff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What this peer carries for others as a relay; null: nothing.</summary>
    public RelayOptions? Relay { get; init; }

    /// <summary>What this peer keeps for others as a rendezvous point; null: nothing.</summary>
    public RendezvousOptions? Rendezvous { get; init; }

    /// <summary>Parameters of gossip; null starts the peer without it.</summary>
    public GossipOptions? Gossip { get; init; } = new();

    /// <summary>The file in which <see cref="ThreadsPeer.ServeAsReplicatorAsync"/> keeps threads for others; what is in it is served from the start. Null: none is kept.</summary>
    public string? ReplicaStore { get; init; }

    /// <summary>Addresses that logs served here are announced with, each with <c>/p2p/…</c>; null: those it listens on. Set it behind a router or a proxy.</summary>
    public IReadOnlyList<string>? Announce { get; init; }

    /// <summary>How long announced addresses hold; they are renewed in time. At most 30 days.</summary>
    public TimeSpan AddressTtl { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How often peers that are known to have a served thread, from its address book, are looked for when they are not connected; null: never.</summary>
    public TimeSpan? BookInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether go-threads' gRPC service is served (<c>/thread/0.0.1</c>), and spoken with known holders of a thread that have nothing better. A peer that calls it shows the replica key.</summary>
    public bool ServesThreadService { get; init; } = true;

    /// <summary>Up to so many served threads a peer that connects is asked for each; above, only for those it has talked about before.</summary>
    public int MaxThreadsAsked { get; init; } = 256;

    /// <summary>Where time comes from.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where keys and nonces come from.</summary>
    public IRandomSource Random { get; init; } = SystemRandomSource.Instance;

    /// <summary>Where diagnostics go. Keys and contents never do.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    internal YamuxOptions Muxer { get; init; } = new();
}
