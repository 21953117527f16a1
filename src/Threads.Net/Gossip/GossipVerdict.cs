using Threads.Data.Identity;

namespace Threads.Net.Gossip;

/// <summary>What a validator says of a message.</summary>
public enum GossipVerdict
{
    /// <summary>Deliver and forward it.</summary>
    Accept,

    /// <summary>Drop it without blaming anybody.</summary>
    Ignore,

    /// <summary>Drop it, and count it against the peer that sent it.</summary>
    Reject,
}

/// <summary>A message published to a topic.</summary>
/// <param name="From">Its author, whose signature stands on it.</param>
/// <param name="Topic">The topic.</param>
/// <param name="Data">What was published.</param>
/// <param name="Sequence">The author's number for it; with <paramref name="From"/> it is the message's id.</param>
/// <param name="ReceivedFrom">The peer that passed it on to us.</param>
public sealed record GossipDelivery(PeerId From, string Topic, ReadOnlyMemory<byte> Data, ulong Sequence, PeerId ReceivedFrom);
