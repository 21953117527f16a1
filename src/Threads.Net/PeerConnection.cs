using Threads.Data.Identity;
using Threads.Net.Connections;
using Threads.Net.Multistream;
using Threads.Net.Protobuf;
using Threads.Net.Resources;
using Threads.Net.Transports;
using Threads.Net.Wire;
using Threads.Net.Yamux;

namespace Threads.Net;

/// <summary>A secure connection to a peer, with many streams on it. Whoever dialed, both sides open streams.</summary>
public sealed class PeerConnection : IAsyncDisposable
{
    private const int MaxPushesPerMinute = 60;

    private readonly YamuxConnection _muxer;
    private readonly CancellationTokenSource _ended = new();
    private readonly Dictionary<string, int> _inbound = [];
    private readonly ProtocolTable _protocols;
    private readonly TimeSpan _negotiationTimeout;
    private readonly TimeProvider _time;
    private readonly RateMeter _offenses;
    private readonly RateMeter _pushes;
    private long _usedAt;

    internal PeerConnection(SecureChannel channel, RawConnection raw, bool isOutbound, ProtocolTable protocols, ThreadsPeerOptions options)
    {
        Peer = channel.Peer;
        Security = channel.Security;
        Address = raw.Address;
        IP = raw.IP;
        IsOutbound = isOutbound;
        IsRelayed = raw.IsRelayed;
        IsLimited = raw.IsLimited;
        _protocols = protocols;
        _negotiationTimeout = options.NegotiationTimeout;
        _time = options.TimeProvider;
        _usedAt = _time.GetTimestamp();
        _offenses = new(_time, options.MaxOffensesPerMinute, TimeSpan.FromMinutes(1));
        _pushes = new(_time, MaxPushesPerMinute, TimeSpan.FromMinutes(1));
        _muxer = new(channel.Stream, isOutbound, s => _ = AcceptAsync(s), options.Muxer, options.TimeProvider);
        _ = _muxer.Closed.ContinueWith(_ => _ended.Cancel(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Who is at the other end.</summary>
    public PeerId Peer { get; }

    /// <summary>The address the bytes go to or come from.</summary>
    public Multiaddress Address { get; }

    /// <summary>Whether this side dialed.</summary>
    public bool IsOutbound { get; }

    /// <summary>Whether it runs through a relay, which sees who talks, when and how much, and nothing else.</summary>
    public bool IsRelayed { get; }

    /// <summary>Whether it runs through a relay that limits time and bytes.</summary>
    public bool IsLimited { get; }

    /// <summary>The security protocol: <c>/noise</c> or <c>/tls/1.0.0</c>.</summary>
    public string Security { get; }

    /// <summary>What the other side said it is running (identify); null until it has.</summary>
    public string? Agent => Identify?.AgentVersion;

    /// <summary>The protocols that the other side serves (identify); empty until it has said so.</summary>
    public IReadOnlyCollection<string> Protocols => (IReadOnlyCollection<string>?)Identify?.Protocols ?? [];

    /// <summary>The address by which the other side sees us; null until identify told.</summary>
    public Multiaddress? ObservedAddress { get; internal set; }

    /// <summary>The last round trip measured by a ping of the muxer, each 30 s.</summary>
    public TimeSpan? RoundTrip => _muxer.RoundTrip;

    /// <summary>Streams that are open.</summary>
    public int StreamCount => _muxer.StreamCount;

    /// <summary>Ends when the connection has.</summary>
    public Task Closed => _muxer.Closed;

    /// <summary>Cancelled when the connection ends.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Why the connection ended; null while it lives.</summary>
    public ThreadsPeerException? EndReason => _muxer.Failure;

    internal System.Net.IPAddress? IP { get; }

    internal Identify? Identify { get; set; }

    internal TaskCompletionSource Identified { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A connection that is needed without any stream on it: a place at a relay hangs on it.</summary>
    internal bool IsKept { get; set; }

    internal TimeSpan Idle => IsKept || StreamCount > 0 ? TimeSpan.Zero : _time.GetElapsedTime(_usedAt);

    /// <summary>Opens a stream for the first of the protocols that the other side has.</summary>
    /// <param name="protocols">Ids in order of preference.</param>
    /// <param name="cancellationToken">Ends the attempt; the stream is reset then.</param>
    /// <exception cref="ThreadsPeerException">The other side has none of them, the connection ended, or the negotiation took too long.</exception>
    public async Task<PeerStream> OpenStreamAsync(IReadOnlyList<string> protocols, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(protocols);
        _usedAt = _time.GetTimestamp();
        var stream = await _muxer.OpenAsync(cancellationToken).ConfigureAwait(false);
        if (protocols is [var only] && Protocols.Contains(only))
        {
            // Known to be there: the proposal travels with the first bytes, and its answers are read before the first ones come.
            return new NegotiatedStream(this, stream, only, isConfirmed: false, _negotiationTimeout, _time);
        }

        try
        {
            using var limit = new TimeLimit(_negotiationTimeout, _time, cancellationToken);
            var protocol = await MultistreamSelect.ProposeAsync(stream, protocols, limit.Token).ConfigureAwait(false);
            return new NegotiatedStream(this, stream, protocol, isConfirmed: true, _negotiationTimeout, _time);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            stream.Abort();
            throw new ThreadsPeerException(ThreadsPeerErrorCode.NegotiationTimeout, Strings.NegotiationTimeout(_negotiationTimeout));
        }
        catch
        {
            stream.Abort();
            throw;
        }
    }

    /// <inheritdoc cref="OpenStreamAsync(IReadOnlyList{string}, CancellationToken)"/>
    public Task<PeerStream> OpenStreamAsync(string protocol, CancellationToken cancellationToken = default) => OpenStreamAsync([protocol], cancellationToken);

    /// <summary>Closes the connection; open streams are reset.</summary>
    public ValueTask DisposeAsync() => _muxer.DisposeAsync();

    /// <summary>The peer and its address.</summary>
    public override string ToString() => $"{Peer} at {Address}";

    internal void Start() => _muxer.Start();

    /// <summary>False when the other side describes itself too often.</summary>
    internal bool TryCountPush()
    {
        lock (_pushes)
        {
            return _pushes.TryCount();
        }
    }

    /// <summary>Counts what the other side did wrong on a stream. Once is a defect, again and again is not: the connection ends.</summary>
    internal async ValueTask BlameAsync(Exception error)
    {
        if (error is ThreadsPeerException { ErrorCode: ThreadsPeerErrorCode.NegotiationMalformed or ThreadsPeerErrorCode.MessageTooLarge or ThreadsPeerErrorCode.MessageMalformed or ThreadsPeerErrorCode.WrongPeer })
        {
            bool isEnough;
            lock (_offenses)
            {
                isEnough = !_offenses.TryCount();
            }

            if (isEnough)
            {
                await _muxer.CloseAsync(1, new(ThreadsPeerErrorCode.Misbehaved, Strings.Misbehaved(Peer), error)).ConfigureAwait(false);
            }
        }
    }

    private async Task AcceptAsync(YamuxStream stream)
    {
        IProtocolHandler? handler = null;
        try
        {
            string? protocol;
            using (var limit = new CancellationTokenSource(_negotiationTimeout, _time))
            {
                protocol = await MultistreamSelect.AnswerAsync(stream, id => _protocols.Find(id, IsLimited) is not null, limit.Token).ConfigureAwait(false);
            }

            handler = protocol is null ? null : _protocols.Find(protocol, IsLimited);
            if (handler is null || !TryEnter(handler))
            {
                stream.Abort();
                handler = null;
                return;
            }

            _usedAt = _time.GetTimestamp();
            var negotiated = new NegotiatedStream(this, stream, protocol!, isConfirmed: true, _negotiationTimeout, _time);
            await handler.HandleAsync(negotiated, Ended).ConfigureAwait(false);
            await negotiated.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            stream.Abort();
            _protocols.OnFailed(this, handler?.Protocol, e);
            await BlameAsync(e).ConfigureAwait(false);
        }
        finally
        {
            if (handler is not null)
            {
                Leave(handler);
            }
        }
    }

    private bool TryEnter(IProtocolHandler handler)
    {
        lock (_inbound)
        {
            var count = _inbound.GetValueOrDefault(handler.Protocol);
            if (count >= handler.MaxInboundStreams)
            {
                return false;
            }

            _inbound[handler.Protocol] = count + 1;
            return true;
        }
    }

    private void Leave(IProtocolHandler handler)
    {
        lock (_inbound)
        {
            _inbound[handler.Protocol]--;
        }

        _usedAt = _time.GetTimestamp();
    }
}
