using System.Text;
using Threads.Data.Identity;
using Threads.Net.Gossip;
using Threads.Net.Resources;

namespace Threads.Net;

/// <content>Gossip.</content>
public sealed partial class ThreadsPeer
{
    private readonly GossipProtocol? _gossip;

    /// <summary>Joins a gossip topic. One listener for each topic; a second call replaces it.</summary>
    /// <param name="topic">At most 256 bytes in UTF-8.</param>
    /// <param name="listener">Called for each message, once, on the thread that read it: it must return soon.</param>
    /// <param name="validator">Judges a message before it is delivered and passed on; null accepts all that are signed.</param>
    /// <exception cref="InvalidOperationException">The peer was started without gossip.</exception>
    public void Subscribe(string topic, Action<GossipDelivery> listener, Func<GossipDelivery, GossipVerdict>? validator = null)
    {
        ArgumentNullException.ThrowIfNull(listener);
        Gossip(topic).Subscribe(topic, listener, validator);
    }

    /// <summary>Leaves a topic.</summary>
    public void Unsubscribe(string topic) => Gossip(topic).Unsubscribe(topic);

    /// <summary>Publishes a signed message to a topic; joining it is not necessary.</summary>
    /// <returns>How many peers it was sent to at once.</returns>
    /// <exception cref="ThreadsPeerException">The message is too long.</exception>
    public int Publish(string topic, ReadOnlyMemory<byte> data)
    {
        var gossip = Gossip(topic);
        return data.Length <= _options.Gossip!.MaxMessageBytes - 1024
            ? gossip.Publish(topic, data)
            : throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageTooLarge, Strings.MessageTooLarge(_options.Gossip.MaxMessageBytes - 1024));
    }

    /// <summary>The peers known to have joined a topic.</summary>
    public IReadOnlyList<PeerId> Subscribers(string topic) => Gossip(topic).Subscribers(topic);

    /// <summary>The peers that messages of a topic are exchanged with at once.</summary>
    public IReadOnlyList<PeerId> MeshPeers(string topic) => Gossip(topic).MeshPeers(topic);

    private GossipProtocol Gossip(string topic)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        var gossip = _gossip ?? throw new InvalidOperationException(Strings.GossipOff());
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Encoding.UTF8.GetByteCount(topic), _options.Gossip!.MaxTopicBytes, nameof(topic));
        return gossip;
    }
}
