using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Threads.Data.Identity;
using Threads.Net.Protobuf;
using Threads.Net.Protocols;
using Threads.Net.Resources;
using Threads.Net.Wire;

namespace Threads.Net.Discovery;

/// <summary>
/// Finds peers at a rendezvous point (libp2p's /rendezvous/1.0.0): registers this peer's addresses under a name, and asks who else is there. The point learns the name
/// and who asks for it: use one that tells nothing, a thread's id for example is better hashed. Anybody may register under a name; threads are shared only with
/// who holds their key.
/// </summary>
/// <param name="peer">The peer that looks for others; it dials the point.</param>
/// <param name="point">The point's address, with <c>/p2p</c>.</param>
/// <param name="name">At most 255 bytes in UTF-8.</param>
/// <param name="interval">Between two questions, 30 s unless given. Addresses are registered anew with every tenth.</param>
/// <param name="time">Where time comes from.</param>
/// <param name="loggerFactory">Where diagnostics go.</param>
public sealed class RendezvousDiscovery(ThreadsPeer peer, Multiaddress point, string name, TimeSpan? interval = null, TimeProvider? time = null, ILoggerFactory? loggerFactory = null) : IPeerDiscovery
{
    private const int RegisterEvery = 10;

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly ILogger _logger = (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger("Threads.Net.Rendezvous");
    private readonly CancellationTokenSource _stopping = new();
    private Task? _asking;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The name is empty or too long.</exception>
    public Task StartAsync(PeerId self, Func<IReadOnlyList<Multiaddress>> addresses, Action<IReadOnlyList<Multiaddress>> found, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(found);
        if (!RendezvousPoint.IsName(name))
        {
            throw new ArgumentException(Strings.RendezvousName(), nameof(name));
        }

        _asking = Task.Run(() => AskAllAsync(self, found), CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_asking is not null)
        {
            await _asking.ConfigureAwait(false);
        }

        _stopping.Dispose();
    }

    private async Task AskAllAsync(PeerId self, Action<IReadOnlyList<Multiaddress>> found)
    {
        var (cookie, registered, round) = (ByteString.Empty, "", 0);
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var connection = await peer.DialAsync(point, _stopping.Token).ConfigureAwait(false);
                var stream = await connection.OpenStreamAsync(RendezvousPoint.Id, _stopping.Token).ConfigureAwait(false);
                await using (stream.ConfigureAwait(false))
                {
                    var addresses = string.Join(' ', peer.Addresses);
                    if (addresses != "" && (addresses != registered || round % RegisterEvery == 0))
                    {
                        await RegisterAsync(stream).ConfigureAwait(false);
                        registered = addresses;
                    }

                    cookie = await DiscoverAsync(stream, cookie, self, found).ConfigureAwait(false);
                    await stream.CompleteWritesAsync(_stopping.Token).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
            {
                // From the beginning: a point that was restarted knows nothing of the cookie, nor of us.
                _logger.LogDebug(e, "The rendezvous point {Point} was not asked: {Error}", point, e.Message);
                (cookie, registered) = (ByteString.Empty, "");
            }

            round++;
            try
            {
                await Task.Delay(interval ?? TimeSpan.FromSeconds(30), _time, _stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task RegisterAsync(PeerStream stream)
    {
        var answer = await AskAsync(stream, new()
        {
            Type = Rendezvous.Types.MessageType.Register,
            Register = new() { Ns = name, SignedPeerRecord = ByteString.CopyFrom(peer.SignAddresses()) },
        }).ConfigureAwait(false);
        if (answer.RegisterResponse is not { Status: Rendezvous.Types.ResponseStatus.Ok })
        {
            throw Refused(answer.RegisterResponse?.Status);
        }
    }

    private async Task<ByteString> DiscoverAsync(PeerStream stream, ByteString cookie, PeerId self, Action<IReadOnlyList<Multiaddress>> found)
    {
        var answer = await AskAsync(stream, new() { Type = Rendezvous.Types.MessageType.Discover, Discover = new() { Ns = name, Cookie = cookie } }).ConfigureAwait(false);
        if (answer.DiscoverResponse is not { Status: Rendezvous.Types.ResponseStatus.Ok } list)
        {
            throw Refused(answer.DiscoverResponse?.Status);
        }

        foreach (var registration in list.Registrations)
        {
            try
            {
                // The point can leave out, not forge: the addresses are signed by whom they lead to.
                var (other, _, addresses) = PeerRecords.Open(registration.SignedPeerRecord.Span);
                if (other != self && addresses.Count > 0)
                {
                    found([.. addresses.Select(a => a.Append(Multiaddress.ForPeer(other)))]);
                }
            }
            catch (ThreadsPeerException e)
            {
                _logger.LogDebug(e, "The rendezvous point {Point} told a record that is not signed: {Error}", point, e.Message);
            }
        }

        return list.Cookie;
    }

    private async Task<Rendezvous> AskAsync(PeerStream stream, Rendezvous message)
    {
        await stream.WriteAsync(LengthPrefixed.Frame(message.ToByteArray()), _stopping.Token).ConfigureAwait(false);
        var bytes = await LengthPrefixed.ReadAsync(stream, RendezvousPoint.MaxMessageBytes, _stopping.Token).ConfigureAwait(false) ?? throw RendezvousPoint.Malformed(null);
        return ProtobufMessage.TryParse(Rendezvous.Parser, bytes, out var answer, out var error) ? answer : throw RendezvousPoint.Malformed(error);
    }

    private ThreadsPeerException Refused(Rendezvous.Types.ResponseStatus? status) => new(ThreadsPeerErrorCode.RendezvousRefused, Strings.RendezvousRefused(point, status?.ToString() ?? "?"));
}
