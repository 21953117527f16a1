namespace Threads.Net.Mvds;

/// <summary>The messages of a group that are here; whoever uses a session keeps them.</summary>
public interface IMvdsMessages
{
    /// <summary>Whether a message is here: sent or delivered, and committed.</summary>
    bool Has(MvdsId id);

    /// <summary>A message that may be sent to the session's peer; null when it is not here, or not for it.</summary>
    MvdsMessage? Find(MvdsId id);
}

/// <summary>
/// MVDS 0.5.1 with one peer in one group: reliable though payloads come late, twice, out of order or never. A function of its state, the epoch and what arrives: no
/// clock, no socket. Per message it is in one of four states:
/// none · Offer (I have it, the peer was told) · Request (the peer has it, I want it) · Message (I send it until it is acknowledged).
/// Each epoch, <see cref="Take"/> gives at most one payload with all that is due; what arrives goes to <see cref="Receive"/>, whose result names what to deliver.
/// A message is acknowledged once <see cref="Delivered"/> was called for it, that is after its commit.
/// </summary>
public sealed class MvdsSession
{
    private readonly byte[] _group;
    private readonly IMvdsMessages _messages;
    private readonly MvdsOptions _options;
    private readonly Dictionary<MvdsId, MvdsState> _states = [];
    private readonly SortedDictionary<MvdsId, long> _acks = [];
    private readonly List<MvdsMessage> _ephemeral = [];
    private readonly Dictionary<MvdsId, MvdsMessage> _held = [];
    private readonly HashSet<MvdsId> _delivering = [];
    private long _epoch = long.MinValue;
    private long _takenEpoch = long.MinValue;
    private int _served;

    /// <summary>Begins, or goes on from a state that was kept.</summary>
    /// <param name="group">The group, 32 bytes.</param>
    /// <param name="messages">Its messages.</param>
    /// <param name="options">Parameters and limits.</param>
    /// <param name="states">What <see cref="States"/> gave before a restart.</param>
    public MvdsSession(byte[] group, IMvdsMessages messages, MvdsOptions? options = null, IEnumerable<MvdsState>? states = null)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentOutOfRangeException.ThrowIfNotEqual(group.Length, MvdsId.SizeBytes, nameof(group));
        (_group, _messages, _options) = (group, messages, options ?? new());
        foreach (var state in states ?? [])
        {
            _states[state.Id] = state;
        }
    }

    /// <summary>What is under way; to be kept with the messages, in one transaction where that matters.</summary>
    public IReadOnlyCollection<MvdsState> States => _states.Values;

    /// <summary>Messages that arrived and wait for their parents.</summary>
    public int HeldCount => _held.Count;

    /// <summary>Sends a message of the group to the peer: the content in batch mode, an offer in interactive mode. Ephemeral ones go out once, and are forgotten.</summary>
    public void Share(MvdsMessage message, MvdsMode? mode = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.IsEphemeral)
        {
            _ephemeral.Add(message);
            return;
        }

        Begin(message.Id, (mode ?? _options.Mode) == MvdsMode.Interactive ? MvdsStateType.Offer : MvdsStateType.Message);
    }

    /// <summary>Takes a payload of the peer. What it returns is to be stored and then confirmed by <see cref="Delivered"/>; ephemeral messages need no confirmation.</summary>
    /// <param name="payload">What <see cref="MvdsCodec.Decode"/> read.</param>
    /// <param name="epoch">Now.</param>
    /// <param name="remark">Hears of what was out of place.</param>
    public IReadOnlyList<MvdsMessage> Receive(MvdsPayload payload, long epoch, Action<MvdsRemark, MvdsId>? remark = null)
    {
        ArgumentNullException.ThrowIfNull(payload);
        Enter(epoch);
        remark ??= (_, _) => { };
        foreach (var id in payload.Acks)
        {
            OnAck(id, remark);
        }

        foreach (var id in payload.Offers)
        {
            OnOffer(id, remark);
        }

        foreach (var id in payload.Requests)
        {
            OnRequest(id, remark);
        }

        var deliver = new List<MvdsMessage>();
        foreach (var message in payload.Messages)
        {
            OnMessage(message, deliver, remark);
        }

        return deliver;
    }

    /// <summary>A message was stored: it is acknowledged, and those that waited for it may follow; they are to be delivered, too.</summary>
    public IReadOnlyList<MvdsMessage> Delivered(MvdsId id)
    {
        _delivering.Remove(id);
        Acknowledge(id);
        var next = _held.Values.Where(m => m.Metadata!.Parents.All(p => p == id || _messages.Has(p)) && !_delivering.Contains(m.Id)).ToArray();
        foreach (var message in next)
        {
            _held.Remove(message.Id);
            _delivering.Add(message.Id);
        }

        return next;
    }

    /// <summary>A message could not be stored: it is not acknowledged, and may come again.</summary>
    public void Failed(MvdsId id) => _delivering.Remove(id);

    /// <summary>All that is due in this epoch, at most once in it; null when nothing is, or when the epoch's payload was taken.</summary>
    public MvdsPayload? Take(long epoch)
    {
        Enter(epoch);
        if (_takenEpoch == epoch)
        {
            return null;
        }

        var room = _options.MaxPayloadItems;
        var acks = _acks.Where(a => a.Value <= epoch).Select(a => a.Key).Take(room).ToArray();
        Array.ForEach(acks, id => _acks.Remove(id));
        room -= acks.Length;

        var (offers, requests, messages) = (new List<MvdsId>(), new List<MvdsId>(), new List<MvdsMessage>());
        var bytes = 0;
        foreach (var state in _states.Values.Where(s => s.SendEpoch <= epoch).OrderBy(s => s.SendEpoch).ThenBy(s => s.Id).ToArray())
        {
            if (room <= 0 || bytes >= _options.MaxPayloadBytes)
            {
                break;
            }

            if (state.Type == MvdsStateType.Message)
            {
                if (_messages.Find(state.Id) is not { } message)
                {
                    // It is not here any more, or no longer for this peer.
                    _states.Remove(state.Id);
                    continue;
                }

                messages.Add(message);
                bytes += message.Body.Length;
            }
            else
            {
                (state.Type == MvdsStateType.Offer ? offers : requests).Add(state.Id);
            }

            room--;
            _states[state.Id] = state with { SendCount = state.SendCount + 1, SendEpoch = _options.NextEpoch(epoch, state.SendCount + 1) };
        }

        messages.AddRange(_ephemeral.Take(Math.Max(room, 0)));
        _ephemeral.Clear();
        var payload = new MvdsPayload(acks, offers, requests, messages);
        if (payload.IsEmpty)
        {
            return null;
        }

        _takenEpoch = epoch;
        return payload;
    }

    private void Enter(long epoch)
    {
        if (epoch != _epoch)
        {
            _epoch = epoch;
            _served = 0;
        }
    }

    private void OnAck(MvdsId id, Action<MvdsRemark, MvdsId> remark)
    {
        if (_states.TryGetValue(id, out var state) && state.Type != MvdsStateType.Request)
        {
            // Of an offer, too: the peer has it from somebody else.
            _states.Remove(id);
        }
        else
        {
            remark(MvdsRemark.AckOfNothing, id);
        }
    }

    private void OnOffer(MvdsId id, Action<MvdsRemark, MvdsId> remark)
    {
        if (_messages.Has(id))
        {
            // The peer has it as well: whatever was under way to it is over.
            _states.Remove(id);
            Acknowledge(id);
        }
        else if (_delivering.Contains(id) || _held.ContainsKey(id))
        {
            // It is here, and acknowledged once it is stored.
            return;
        }
        else
        {
            Want(id, remark);
        }
    }

    private void OnRequest(MvdsId id, Action<MvdsRemark, MvdsId> remark)
    {
        if (_served >= _options.MaxRequestsPerEpoch)
        {
            remark(MvdsRemark.TooManyRequests, id);
        }
        else if (_messages.Find(id) is null)
        {
            remark(MvdsRemark.RequestOfNothing, id);
        }
        else
        {
            // For an offer of mine, for a parent, or because what I sent was lost.
            _served++;
            _states[id] = new(id, MvdsStateType.Message, 0, _epoch);
        }
    }

    private void OnMessage(MvdsMessage message, List<MvdsMessage> deliver, Action<MvdsRemark, MvdsId> remark)
    {
        var id = message.Id;
        if (!message.Group.AsSpan().SequenceEqual(_group))
        {
            remark(MvdsRemark.OtherGroup, id);
        }
        else if (message.IsEphemeral)
        {
            deliver.Add(message);
        }
        else if (_messages.Has(id))
        {
            _states.Remove(id);
            Acknowledge(id);
            remark(MvdsRemark.Repeated, id);
        }
        else if (!_delivering.Contains(id) && !_held.ContainsKey(id))
        {
            if (!_states.Remove(id))
            {
                remark(MvdsRemark.Unrequested, id);
            }

            Place(message, deliver, remark);
        }
    }

    private void Place(MvdsMessage message, List<MvdsMessage> deliver, Action<MvdsRemark, MvdsId> remark)
    {
        if (!_options.IsCausal || message.Metadata is not { Parents: { Count: > 0 } parents } || parents.All(_messages.Has))
        {
            _delivering.Add(message.Id);
            deliver.Add(message);
            return;
        }

        if (_held.Count >= _options.MaxHeld)
        {
            remark(MvdsRemark.TooManyHeld, message.Id);
            return;
        }

        _held[message.Id] = message;
        foreach (var parent in parents.Where(p => !_messages.Has(p) && !_held.ContainsKey(p) && !_delivering.Contains(p)))
        {
            Want(parent, remark);
        }
    }

    private void Want(MvdsId id, Action<MvdsRemark, MvdsId> remark)
    {
        if (_states.ContainsKey(id))
        {
            return;
        }

        if (_states.Count >= _options.MaxStates)
        {
            remark(MvdsRemark.TooManyStates, id);
            return;
        }

        Begin(id, MvdsStateType.Request);
    }

    private void Begin(MvdsId id, MvdsStateType type) => _states[id] = new(id, type, 0, long.MinValue);

    private void Acknowledge(MvdsId id) => _acks.TryAdd(id, _epoch + _options.AckDelayEpochs);
}
