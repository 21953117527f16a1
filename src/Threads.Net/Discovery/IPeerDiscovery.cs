using Threads.Data.Identity;

namespace Threads.Net.Discovery;

/// <summary>A way to hear of peers. What it finds is a hint; who answers at an address is proven by the handshake.</summary>
public interface IPeerDiscovery : IAsyncDisposable
{
    /// <summary>Begins to look, and to tell others of this peer.</summary>
    /// <param name="self">The peer's id, so that it does not find itself.</param>
    /// <param name="addresses">Where others reach it, each with <c>/p2p</c>; asked anew at each announcement.</param>
    /// <param name="found">Called with the addresses of a peer, each with <c>/p2p</c>; again when it is heard of again.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    Task StartAsync(PeerId self, Func<IReadOnlyList<Multiaddress>> addresses, Action<IReadOnlyList<Multiaddress>> found, CancellationToken cancellationToken);
}

/// <summary>Peers whose addresses are known beforehand; each is named again in an interval, so that a lost connection comes back.</summary>
public sealed class StaticDiscovery(IEnumerable<string> addresses, TimeSpan? interval = null, TimeProvider? time = null) : IPeerDiscovery
{
    private readonly Multiaddress[] _addresses = [.. addresses.Select(a => Multiaddress.Parse(a))];
    private ITimer? _timer;

    /// <inheritdoc/>
    public Task StartAsync(PeerId self, Func<IReadOnlyList<Multiaddress>> addresses, Action<IReadOnlyList<Multiaddress>> found, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(found);
        var others = _addresses.Where(a => a.Peer != self).ToArray();
        if (others.Length > 0)
        {
            _timer = (time ?? TimeProvider.System).CreateTimer(_ => Array.ForEach(others, a => found([a])), null, TimeSpan.Zero, interval ?? TimeSpan.FromSeconds(5));
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _timer?.DisposeAsync() ?? ValueTask.CompletedTask;
}
