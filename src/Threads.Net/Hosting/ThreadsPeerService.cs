using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Threads.Data;
using Threads.Data.Cryptography;
using Threads.Net.Discovery;

namespace Threads.Net.Hosting;

/// <summary>The peer of an application host. Starts after the services registered before it, and stops before them.</summary>
public sealed class ThreadsPeerService : IHostedService, IAsyncDisposable
{
    private readonly IEnumerable<ThreadsDataSource> _sources;
    private readonly ThreadsHostingOptions _options;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource<ThreadsPeer> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<IAsyncDisposable> _serving = [];

    /// <summary>Made by the host.</summary>
    /// <param name="sources">Every database that was registered.</param>
    /// <param name="options">How the peer is started.</param>
    /// <param name="loggers">The application's loggers.</param>
    public ThreadsPeerService(IEnumerable<ThreadsDataSource> sources, IOptions<ThreadsHostingOptions> options, ILoggerFactory? loggers = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_sources, _options, _loggers) = (sources, options.Value, loggers ?? NullLoggerFactory.Instance);
        _logger = _loggers.CreateLogger("Threads.Net");
    }

    /// <summary>The peer, once the host has started it.</summary>
    public Task<ThreadsPeer> Peer => _started.Task;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var options = _options.Peer with { LoggerFactory = _options.Peer.LoggerFactory is NullLoggerFactory ? _loggers : _options.Peer.LoggerFactory };
        if (options.Identity is null && _options.IdentityFile is { } file)
        {
            options = options with { Identity = IdentityFile.LoadOrCreate(file, options.Random) };
        }

        var peer = await ThreadsPeer.StartAsync(options, cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (var source in _sources)
            {
                _serving.Add(await peer.ServeAsync(source, cancellationToken).ConfigureAwait(false));
            }

            if (_options.Connect.Count > 0)
            {
                await peer.DiscoverAsync(new StaticDiscovery(_options.Connect), cancellationToken).ConfigureAwait(false);
            }

            if (_options.UseMdns)
            {
                await peer.DiscoverAsync(new MdnsDiscovery(), cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            await peer.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        LogMessages.PeerStarted(_logger, peer.Id, string.Join(' ', peer.Addresses), _serving.Count + peer.Replicas.Count);
        _started.TrySetResult(peer);
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (!_started.Task.IsCompletedSuccessfully)
        {
            return;
        }

        var peer = await _started.Task.ConfigureAwait(false);
        using (var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            limit.CancelAfter(_options.FarewellTimeout);
            await Task.WhenAll(peer.Synced().Select(s => FarewellAsync(peer, s.Peer, s.Thread, limit.Token))).ConfigureAwait(false);
        }

        await peer.DisposeAsync().ConfigureAwait(false);
        LogMessages.PeerStopped(_logger, peer.Id);
    }

    /// <summary>Stops the peer if the host did not.</summary>
    public ValueTask DisposeAsync() => _started.Task.IsCompletedSuccessfully ? _started.Task.Result.DisposeAsync() : ValueTask.CompletedTask;

    private async Task FarewellAsync(ThreadsPeer peer, Threads.Data.Identity.PeerId other, Threads.Data.Identity.ThreadId thread, CancellationToken cancellationToken)
    {
        try
        {
            await peer.WaitForSyncAsync(other, thread, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException)
        {
            LogMessages.StoppedBehind(_logger, other, thread);
        }
    }
}
