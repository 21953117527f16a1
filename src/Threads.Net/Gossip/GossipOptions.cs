namespace Threads.Net.Gossip;

/// <summary>Parameters of gossipsub v1.1 (LIBP2P 11); the defaults are the specification's.</summary>
public sealed record GossipOptions
{
    /// <summary>Mesh size that is aimed at, and the bounds between which nothing is done.</summary>
    public int Degree { get; init; } = 6;

    /// <inheritdoc cref="Degree"/>
    public int DegreeLow { get; init; } = 4;

    /// <inheritdoc cref="Degree"/>
    public int DegreeHigh { get; init; } = 12;

    /// <summary>Of a mesh that is cut, so many are kept for their score.</summary>
    public int DegreeScore { get; init; } = 4;

    /// <summary>And at least so many that we dialed.</summary>
    public int DegreeOutbound { get; init; } = 2;

    /// <summary>Peers outside the mesh that hear of messages at each heartbeat.</summary>
    public int DegreeLazy { get; init; } = 6;

    /// <summary>Heartbeats for which messages can be fetched.</summary>
    public int HistoryLength { get; init; } = 5;

    /// <summary>Heartbeats for which messages are announced.</summary>
    public int GossipLength { get; init; } = 3;

    /// <summary>Time between heartbeats.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the id of a message is remembered.</summary>
    public TimeSpan SeenTime { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How long peers are kept for a topic that is published to and not subscribed.</summary>
    public TimeSpan FanoutTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a pruned peer does not graft again.</summary>
    public TimeSpan PruneBackoff { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The same after we left the topic.</summary>
    public TimeSpan UnsubscribeBackoff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A message announced and asked for has to come within this time.</summary>
    public TimeSpan PromiseTime { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Longest message, in bytes.</summary>
    public int MaxMessageBytes { get; init; } = 1024 * 1024;

    /// <summary>Topics of one peer that are kept.</summary>
    public int MaxTopicsPerPeer { get; init; } = 1000;

    /// <summary>Longest name of a topic, in bytes of UTF-8.</summary>
    public int MaxTopicBytes { get; init; } = 256;

    /// <summary>Announcements taken from a peer between two heartbeats.</summary>
    public int MaxIHavePerHeartbeat { get; init; } = 10;

    /// <summary>Message ids in one announcement or request, and asked of a peer between two heartbeats.</summary>
    public int MaxIdsPerHeartbeat { get; init; } = 5000;

    /// <summary>Messages in one RPC.</summary>
    public int MaxMessagesPerRpc { get; init; } = 1000;

    /// <summary>Bytes that may wait for a peer that reads slowly; what exceeds them it has to ask for.</summary>
    public int MaxWaitingBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>How often a message is sent to the same peer on request.</summary>
    public int MaxRetransmissions { get; init; } = 3;

    /// <summary>Below it a peer gets and gives no gossip.</summary>
    public double GossipThreshold { get; init; } = -10;

    /// <summary>Below it nothing of ours is published to the peer.</summary>
    public double PublishThreshold { get; init; } = -50;

    /// <summary>Below it nothing that the peer sends is taken.</summary>
    public double GraylistThreshold { get; init; } = -80;
}
