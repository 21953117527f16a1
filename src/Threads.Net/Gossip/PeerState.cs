using Threads.Data.Identity;

namespace Threads.Net.Gossip;

/// <summary>What the router knows of a peer: its topics, and the counters its score is made of.</summary>
internal sealed class PeerState(PeerId peer, bool isOutbound)
{
    private const double InvalidWeight = -10;
    private const double BehaviourWeight = -10;
    private const double Decay = 0.9;
    private const double Forgotten = 0.01;

    public PeerId Peer => peer;

    /// <summary>Whether we dialed it.</summary>
    public bool IsOutbound => isOutbound;

    public HashSet<string> Topics { get; } = new(StringComparer.Ordinal);

    /// <summary>Announcements and ids taken since the last heartbeat.</summary>
    public int IHaves { get; set; }

    public int IdsAsked { get; set; }

    /// <summary>Ids that it asked for since the last heartbeat.</summary>
    public int IdsServed { get; set; }

    /// <summary>P4: messages that must not have been sent.</summary>
    public double Invalid { get; set; }

    /// <summary>P7: grafts inside the backoff, broken promises.</summary>
    public double Behaviour { get; set; }

    /// <summary>P5: what the application says.</summary>
    public double Application { get; set; }

    public double Score => (InvalidWeight * Invalid * Invalid) + (BehaviourWeight * Behaviour * Behaviour) + Application;

    /// <summary>Once a second, so that an error doesn't count for ever.</summary>
    public void DecayCounters()
    {
        Invalid = Invalid * Decay < Forgotten ? 0 : Invalid * Decay;
        Behaviour = Behaviour * Decay < Forgotten ? 0 : Behaviour * Decay;
    }
}
