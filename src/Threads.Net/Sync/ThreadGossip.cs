using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Net.Gossip;
using Threads.Net.Protobuf;
using Threads.Net.ThreadService;

namespace Threads.Net.Sync;

/// <summary>
/// The third step of a push (T-NET-2): what is committed here goes to the thread's gossip topic, for holders of the key whom nobody here is connected with. What comes
/// from there is taken like any record (T-NET-7); what is missed is repaired by the conversations, and one that names a log further than it is here shows that.
/// </summary>
internal sealed class ThreadGossip : IDisposable
{
    private const int MaxRecords = 64;
    private const int MaxBytes = 256 * 1024;
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(100);

    private readonly ServedThread _thread;
    private readonly PeerId _self;
    private readonly GossipProtocol _gossip;
    private readonly ThreadsPeerOptions _options;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly IDisposable _listening;
    private readonly SemaphoreSlim _publishing = new(1);
    private (LogId Log, Cid Head, long Counter)? _published;
    private int _isDisposed;

    private ThreadGossip(ServedThread thread, PeerId self, GossipProtocol gossip, ThreadsPeerOptions options, ILogger logger)
    {
        (_thread, _self, _gossip, _options, _logger) = (thread, self, gossip, options, logger);
        _timer = options.TimeProvider.CreateTimer(_ => _ = PublishAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        gossip.Subscribe(thread.Proof.Topic, d => _ = TakeAsync(d), Judge);
        // A burst of commits is gathered into one message; whoever is connected has had them before.
        _listening = thread.OnGrown(() => _timer.Change(Gathering, Timeout.InfiniteTimeSpan));
    }

    /// <summary>Joins the topic; what is here already is not published.</summary>
    public static async Task<ThreadGossip> StartAsync(ServedThread thread, PeerId self, GossipProtocol gossip, ThreadsPeerOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        var started = new ThreadGossip(thread, self, gossip, options, logger);
        await started._publishing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            started._published ??= await started.OwnAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            started._publishing.Release();
        }

        return started;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _listening.Dispose();
            _timer.Dispose();
            _gossip.Unsubscribe(_thread.Proof.Topic);
        }
    }

    private async Task<(LogId, Cid, long)?> OwnAsync(CancellationToken cancellationToken)
    {
        if (await _thread.Records.OwnLogAsync(cancellationToken).ConfigureAwait(false) is not { } own)
        {
            return null;
        }

        var log = (await _thread.Records.LogsAsync(cancellationToken).ConfigureAwait(false)).Where(l => l.Id == own).MaxBy(l => l.Counter);
        return (own, log?.Head ?? default, log?.Counter ?? 0);
    }

    private async Task PublishAsync()
    {
        await _publishing.WaitAsync().ConfigureAwait(false);
        try
        {
            while (_isDisposed == 0 && await OwnAsync(CancellationToken.None).ConfigureAwait(false) is var (log, head, counter))
            {
                var (after, from) = _published is { } last && last.Log == log ? (last.Head, last.Counter) : (default, 0L);
                if (from >= counter)
                {
                    return;
                }

                var records = await _thread.Records.ReadRecordsAsync(log, after, from, MaxRecords, MaxBytes, CancellationToken.None).ConfigureAwait(false);
                _published = records.Count == 0 ? (log, head, counter) : (log, Cid.ForDagCbor(records[^1].Record.Span), from + records.Count);
                var envelope = new MvdsEnvelope { Log = ByteString.CopyFrom(log.Bytes) };
                envelope.Records.AddRange(records.Select(ThreadMessages.Record));
                if (records.Count > 0 && envelope.CalculateSize() <= _options.Gossip!.MaxMessageBytes / 2)
                {
                    _gossip.Publish(_thread.Proof.Topic, _thread.Proof.SealForAll(envelope.ToByteArray(), _self, _options.Random));
                }
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or InvalidOperationException or System.Data.Common.DbException or IOException)
        {
            LogMessages.NotGossiped(_logger, e, _thread.Id, e.Message);
        }
        finally
        {
            _publishing.Release();
        }
    }

    /// <summary>Only who holds the key speaks on this topic; whoever passes on what does not open is held to account.</summary>
    private GossipVerdict Judge(GossipDelivery delivery) => _thread.Proof.OpenForAll(delivery.Data.Span, delivery.From) is null ? GossipVerdict.Reject : GossipVerdict.Accept;

    private async Task TakeAsync(GossipDelivery delivery)
    {
        try
        {
            if (_isDisposed != 0 || _thread.Proof.OpenForAll(delivery.Data.Span, delivery.From) is not { } plain)
            {
                return;
            }

            var envelope = MvdsEnvelope.Parser.ParseFrom(plain);
            if (!LogId.TryFromBytes(envelope.Log.Span, out var log) || envelope.Records.Count is 0 or > MaxRecords || !envelope.Records.All(ThreadMessages.IsWhole))
            {
                return;
            }

            // Mostly a conversation was faster: the newest record is here.
            var newest = Cid.ForDagCbor(envelope.Records[^1].RecordNode.Span);
            if ((await _thread.Records.LogsAsync(CancellationToken.None).ConfigureAwait(false)).All(l => l.Head != newest))
            {
                await _thread.Records.AddRecordsAsync(log, [.. envelope.Records.Select(ThreadMessages.Blocks)], CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or ObjectDisposedException or InvalidOperationException or System.Data.Common.DbException)
        {
            LogMessages.NotGossiped(_logger, e, _thread.Id, e.Message);
        }
    }
}
