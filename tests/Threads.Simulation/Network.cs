namespace Threads.Simulation;

/// <summary>Messages on their way. They arrive in any order, late, more than once or never; across a partition none does.</summary>
internal sealed class Network
{
    /// <summary>More than this and the oldest are lost, as on any network.</summary>
    private const int MostInFlight = 64;

    private readonly List<Message> _inFlight = [];
    private ulong? _partition;

    public int Count => _inFlight.Count;

    public void Send(Message message)
    {
        if (_inFlight.Count == MostInFlight)
        {
            _inFlight.RemoveAt(0);
        }

        _inFlight.Add(message);
    }

    /// <summary>One of those that can arrive now, or null.</summary>
    public Message? Take(Chance chance, bool keep)
    {
        var reachable = _inFlight.Where(m => !IsCut(m.From, m.To)).ToArray();
        if (reachable.Length == 0)
        {
            return null;
        }

        var message = chance.Pick(reachable);
        if (!keep)
        {
            _inFlight.Remove(message);
        }

        return message;
    }

    /// <summary>Falls apart in two: each peer is on the side that its bit says.</summary>
    public void Partition(ulong sides) => _partition = sides;

    public void Heal() => _partition = null;

    public void Clear() => _inFlight.Clear();

    private bool IsCut(int from, int to) => _partition is { } sides && from >= 0 && (sides >> from & 1) != (sides >> to & 1);
}

/// <summary>Bytes from one peer to another, in whatever form they are exchanged.</summary>
/// <param name="From">The sender; -1: somebody who is no peer.</param>
/// <param name="To">The receiver.</param>
/// <param name="Bytes">What is sent.</param>
/// <param name="IsMvds">It is a payload of MVDS, over a channel that proves who sent it; else a file.</param>
internal sealed record Message(int From, int To, byte[] Bytes, bool IsMvds = false);
