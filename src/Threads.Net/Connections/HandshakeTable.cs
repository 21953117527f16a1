using Threads.Net.Transports;

namespace Threads.Net.Connections;

/// <summary>
/// Inbound handshakes under way, at most so many. When all places are taken, the one that has been at it longest gives way once it has had its grace: whoever
/// stalls can't keep the others out. Thread-safe.
/// </summary>
internal sealed class HandshakeTable(ThreadsPeerOptions options)
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly LinkedList<(RawConnection Raw, long At)> _running = new();

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _running.Count;
            }
        }
    }

    /// <summary>A place to leave later; null when there is none. Another's connection may be closed for it.</summary>
    public LinkedListNode<(RawConnection Raw, long At)>? TryEnter(RawConnection raw)
    {
        RawConnection? slowest = null;
        LinkedListNode<(RawConnection, long)> place;
        lock (_gate)
        {
            if (_running.Count >= options.MaxUpgrades)
            {
                if (_running.First is not { } first || options.TimeProvider.GetElapsedTime(first.Value.At) < Grace)
                {
                    return null;
                }

                slowest = first.Value.Raw;
                _running.Remove(first);
            }

            place = _running.AddLast((raw, options.TimeProvider.GetTimestamp()));
        }

        // Its handshake fails by that, and leaves.
        slowest?.Stream.Dispose();
        return place;
    }

    public void Leave(LinkedListNode<(RawConnection Raw, long At)> place)
    {
        lock (_gate)
        {
            if (place.List is not null)
            {
                _running.Remove(place);
            }
        }
    }
}
