using System.Collections.Concurrent;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Threads.Data;
using Threads.Data.Identity;
using Threads.Net.Protobuf.ThreadService;
using Threads.Net.Sync;
using Threads.Net.Wire;

namespace Threads.Net.ThreadService;

/// <summary>
/// Keeps threads in sync with peers that speak go-threads' service and not ours. The key goes out in these calls, so only peers are called that are known to have
/// the thread: by its address book, or because they have shown the key themselves.
/// </summary>
internal sealed class ThreadServiceSync(PeerId self, Func<PeerId, PeerConnection?> find, ThreadsPeerOptions options, ILogger logger)
{
    private static readonly TimeSpan PullPeriod = TimeSpan.FromSeconds(10);
    private const int MaxRecordsRead = 256;
    private const int MaxBytesRead = 1024 * 1024;

    private readonly ConcurrentDictionary<(PeerId, ThreadId), Conversation> _conversations = new();

    public IEnumerable<(PeerId Peer, ThreadId Thread)> Conversations => _conversations.Keys;

    /// <summary>Begins with a peer that has become known to have the thread; whoever speaks our own protocol is left to it.</summary>
    public void Begin(ServedThread thread, PeerId peer)
    {
        if (find(peer) is not { } connection || connection.Protocols.Contains(SyncProtocol.Id) || !connection.Protocols.Contains(ThreadServiceServer.Id))
        {
            return;
        }

        var conversation = new Conversation();
        var kept = _conversations.GetOrAdd((peer, thread.Id), conversation);
        kept.Pull();
        if (kept == conversation)
        {
            _ = RunAsync(thread, connection, conversation);
        }
    }

    private async Task RunAsync(ServedThread thread, PeerConnection connection, Conversation conversation)
    {
        using var client = new ThreadServiceClient(connection, options.TimeProvider);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(connection.Ended);
        using var listening = thread.OnGrown(conversation.Signal.Set);
        var timer = options.TimeProvider.CreateTimer(_ => conversation.Pull(), null, PullPeriod, PullPeriod);
        try
        {
            await using (stopping.Token.UnsafeRegister(_ => conversation.Signal.Set(), null).ConfigureAwait(false))
            {
                while (!stopping.IsCancellationRequested && !thread.IsDisposed)
                {
                    if (conversation.TakePull())
                    {
                        await PullAsync(thread, client, conversation, stopping.Token).ConfigureAwait(false);
                    }

                    await PushAsync(thread, client, conversation, stopping.Token).ConfigureAwait(false);
                    await conversation.Signal.WaitAsync().ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or System.Data.Common.DbException)
        {
            LogMessages.SyncEnded(logger, e, thread.Id, connection.Peer, e.Message);
        }
        finally
        {
            await timer.DisposeAsync().ConfigureAwait(false);
            _conversations.TryRemove((connection.Peer, thread.Id), out _);
        }
    }

    /// <summary>Edges first: when they are equal, that was all. Then their logs, and what is behind our heads, until nothing new comes.</summary>
    private static async Task PullAsync(ServedThread thread, ThreadServiceClient client, Conversation conversation, CancellationToken cancellationToken)
    {
        var id = ByteString.CopyFrom(thread.Id.Bytes);
        var logs = await thread.Records.LogsAsync(cancellationToken).ConfigureAwait(false);
        if (conversation.Theirs.Count > 0)
        {
            var edges = new ExchangeEdgesRequest { Body = new() };
            edges.Body.Threads.Add(new ExchangeEdgesRequest.Types.Body.Types.ThreadEntry { ThreadID = id, HeadsEdge = ThreadMessages.HeadsEdge(logs) });
            var answer = await client.ExchangeEdgesAsync(edges, cancellationToken).ConfigureAwait(false);
            if (answer.Edges is [{ HeadsEdge: not 0 } same] && same.HeadsEdge == ThreadMessages.HeadsEdge(logs))
            {
                return;
            }
        }

        using var key = thread.Records.Key;
        var serviceKey = ByteString.CopyFrom(key.Replica);
        var theirs = await client.GetLogsAsync(new() { Body = new() { ThreadID = id, ServiceKey = serviceKey } }, cancellationToken).ConfigureAwait(false);
        foreach (var log in theirs.Logs)
        {
            conversation.Theirs[ThreadMessages.LogId(log.ID)] = (ThreadMessages.Cid(log.Head), log.Counter);
        }

        for (var added = 1L; added > 0;)
        {
            added = 0;
            var request = new GetRecordsRequest { Body = new() { ThreadID = id, ServiceKey = serviceKey } };
            foreach (var log in ThreadMessages.Furthest(await thread.Records.LogsAsync(cancellationToken).ConfigureAwait(false)))
            {
                request.Body.Logs.Add(new GetRecordsRequest.Types.Body.Types.LogEntry { LogID = ByteString.CopyFrom(log.Id.Bytes), Offset = ByteString.CopyFrom(log.Head.ToBytes()), Counter = log.Counter });
            }

            var reply = await client.GetRecordsAsync(request, cancellationToken).ConfigureAwait(false);
            foreach (var entry in reply.Logs.Where(e => e.Records.Count > 0))
            {
                added += (await thread.Records.AddRecordsAsync(ThreadMessages.LogId(entry.LogID), [.. entry.Records.Select(ThreadMessages.Blocks)], cancellationToken).ConfigureAwait(false)).Added;
            }
        }
    }

    /// <summary>A log they don't have is announced, and they fetch it; of one they have, each record behind their head is pushed.</summary>
    private async Task PushAsync(ServedThread thread, ThreadServiceClient client, Conversation conversation, CancellationToken cancellationToken)
    {
        var id = ByteString.CopyFrom(thread.Id.Bytes);
        foreach (var log in ThreadMessages.Furthest(await thread.Records.LogsAsync(cancellationToken).ConfigureAwait(false)))
        {
            var known = conversation.Theirs.TryGetValue(log.Id, out var head);
            while (known && head.Counter < log.Counter)
            {
                var records = await thread.Records.ReadRecordsAsync(log.Id, head.Head, head.Counter, MaxRecordsRead, MaxBytesRead, cancellationToken).ConfigureAwait(false);
                foreach (var record in records)
                {
                    var push = new PushRecordRequest { Body = new() { ThreadID = id, LogID = ByteString.CopyFrom(log.Id.Bytes), Record = ThreadMessages.Record(record) }, Counter = head.Counter + 1 };
                    try
                    {
                        await client.PushRecordAsync(push, cancellationToken).ConfigureAwait(false);
                    }
                    catch (GrpcException e) when (e.Status == GrpcStatus.NotFound)
                    {
                        known = false;
                        break;
                    }

                    head = (Data.Ipld.Cid.ForDagCbor(record.Record.Span), head.Counter + 1);
                }

                if (records.Count == 0)
                {
                    break;
                }
            }

            if (!known)
            {
                using var key = thread.Records.Key;
                await client.PushLogAsync(new() { Body = new() { ThreadID = id, ServiceKey = ByteString.CopyFrom(key.Replica), Log = ThreadMessages.Log(log, self) } }, cancellationToken).ConfigureAwait(false);
                head = (log.Head, log.Counter);
            }

            conversation.Theirs[log.Id] = head;
        }
    }

    private sealed class Conversation
    {
        private int _pull = 1;

        public AutoResetSignal Signal { get; } = new();

        /// <summary>How far they have each log, by what they said and what was pushed.</summary>
        public Dictionary<LogId, (Data.Ipld.Cid Head, long Counter)> Theirs { get; } = [];

        public void Pull()
        {
            Volatile.Write(ref _pull, 1);
            Signal.Set();
        }

        public bool TakePull() => Interlocked.Exchange(ref _pull, 0) == 1;
    }
}
