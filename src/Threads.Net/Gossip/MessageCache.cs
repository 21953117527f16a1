using Threads.Data.Identity;

namespace Threads.Net.Gossip;

/// <summary>The messages of the last heartbeats, to be announced and sent again on request.</summary>
internal sealed class MessageCache(GossipOptions options)
{
    private readonly List<List<MessageId>> _windows = [[]];
    private readonly Dictionary<MessageId, SignedMessage> _messages = [];
    private readonly Dictionary<(MessageId, PeerId), int> _sent = [];

    public void Add(SignedMessage message)
    {
        if (_messages.TryAdd(message.Id, message))
        {
            _windows[0].Add(message.Id);
        }
    }

    /// <summary>The message for a peer that asks for it; null when it is gone or the peer has had it often enough.</summary>
    public SignedMessage? TakeFor(PeerId peer, MessageId id)
    {
        if (!_messages.TryGetValue(id, out var message) || _sent.GetValueOrDefault((id, peer)) >= options.MaxRetransmissions)
        {
            return null;
        }

        _sent[(id, peer)] = _sent.GetValueOrDefault((id, peer)) + 1;
        return message;
    }

    /// <summary>Ids of a topic that are still announced.</summary>
    public List<MessageId> Announced(string topic) =>
        [.. _windows.Take(options.GossipLength).SelectMany(w => w).Where(id => _messages[id].Topic == topic)];

    /// <summary>At each heartbeat: the oldest window goes.</summary>
    public void Shift()
    {
        _windows.Insert(0, []);
        while (_windows.Count > options.HistoryLength)
        {
            foreach (var id in _windows[^1])
            {
                _messages.Remove(id);
            }

            _windows.RemoveAt(_windows.Count - 1);
        }

        if (_sent.Count > 0)
        {
            foreach (var key in _sent.Keys.Where(k => !_messages.ContainsKey(k.Item1)).ToArray())
            {
                _sent.Remove(key);
            }
        }
    }
}
