using System.Security.Cryptography;
using Google.Protobuf;
using Threads.Data;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Net.Protobuf.ThreadService;
using Threads.Net.Resources;
using Threads.Net.Sync;

namespace Threads.Net.ThreadService;

/// <summary>
/// The five calls of net.pb.Service. Whoever has not shown the replica key gets one answer, NOT_FOUND, for a thread that is here and for one that is not; go-threads
/// tells them apart.
/// </summary>
/// <param name="self">This peer.</param>
/// <param name="find">The served thread with an id.</param>
/// <param name="pull">Asks to fetch a thread from a peer that has shown it has something new.</param>
internal sealed class ThreadServiceCalls(PeerId self, Func<ThreadId, ServedThread?> find, Action<ServedThread, PeerId> pull)
{
    private const int MaxRecords = 10_000;
    private const int MaxReplyBytes = 3 * 1024 * 1024;
    private const int MaxLogsAsked = 10_000;
    private const int MaxThreadsAsked = 10;

    public async Task<IMessage> AnswerAsync(string method, byte[] message, Caller caller, CancellationToken cancellationToken) => method switch
    {
        "GetLogs" => await GetLogsAsync(Grpc.Parse(GetLogsRequest.Parser, message), caller, cancellationToken).ConfigureAwait(false),
        "PushLog" => await PushLogAsync(Grpc.Parse(PushLogRequest.Parser, message), caller, cancellationToken).ConfigureAwait(false),
        "GetRecords" => await GetRecordsAsync(Grpc.Parse(GetRecordsRequest.Parser, message), caller, cancellationToken).ConfigureAwait(false),
        "PushRecord" => await PushRecordAsync(Grpc.Parse(PushRecordRequest.Parser, message), caller, cancellationToken).ConfigureAwait(false),
        "ExchangeEdges" => await ExchangeEdgesAsync(Grpc.Parse(ExchangeEdgesRequest.Parser, message), caller, cancellationToken).ConfigureAwait(false),
        _ => throw new GrpcException(GrpcStatus.Unimplemented, Strings.GrpcUnknown(method)),
    };

    private async Task<GetLogsReply> GetLogsAsync(GetLogsRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var body = request.Body ?? throw Malformed();
        var thread = Enter(body.ThreadID, body.ServiceKey, caller);
        var reply = new GetLogsReply();
        foreach (var log in ThreadMessages.Furthest(await thread.Records.LogsAsync(cancellationToken).ConfigureAwait(false)))
        {
            reply.Logs.Add(ThreadMessages.Log(log, self));
        }

        return reply;
    }

    /// <summary>Nothing of the message is taken on trust: the log is fetched from the caller, and stands when its records do.</summary>
    private async Task<PushLogReply> PushLogAsync(PushLogRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var body = request.Body ?? throw Malformed();
        ThreadMessages.LogId((body.Log ?? throw Malformed()).ID);
        var id = ThreadMessages.ThreadId(body.ThreadID);
        var thread = body.HasServiceKey ? Enter(body.ThreadID, body.ServiceKey, caller)
            : find(id) is { } known && (caller.HasShown(id) || await IsHolderAsync(known, caller.Peer, cancellationToken).ConfigureAwait(false)) ? known : throw Unknown();
        pull(thread, caller.Peer);
        return new();
    }

    private async Task<GetRecordsReply> GetRecordsAsync(GetRecordsRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var body = request.Body ?? throw Malformed();
        var thread = Enter(body.ThreadID, body.ServiceKey, caller);
        if (body.Logs.Count > MaxLogsAsked)
        {
            throw new GrpcException(GrpcStatus.ResourceExhausted, Strings.GrpcMalformed());
        }

        var asked = body.Logs.Select(l => (Id: ThreadMessages.LogId(l.LogID), Offset: ThreadMessages.Cid(l.Offset), l.Counter, l.Limit)).ToArray();
        var logs = await thread.Records.LogsAsync(cancellationToken).ConfigureAwait(false);
        var reply = new GetRecordsReply();
        if (asked.Length > 0 && Edges.Heads(asked.Select(a => (a.Id, a.Offset))) == Edges.Heads(logs.Select(l => (l.Id, l.Head))))
        {
            return reply;
        }

        var size = 0;
        foreach (var log in ThreadMessages.Furthest(logs))
        {
            var (_, offset, counter, limit) = asked.FirstOrDefault(a => a.Id == log.Id);
            if (offset == log.Head || size >= MaxReplyBytes)
            {
                continue;
            }

            var most = Math.Max(2, MaxRecords / logs.Count);
            var records = await thread.Records.ReadRecordsAsync(log.Id, offset, counter, limit > 0 ? Math.Min(limit, most) : most, MaxReplyBytes - size, cancellationToken).ConfigureAwait(false);
            if (records.Count > 0)
            {
                size += records.Sum(r => r.SizeBytes);
                var entry = new GetRecordsReply.Types.LogEntry { LogID = ByteString.CopyFrom(log.Id.Bytes), Log = ThreadMessages.Log(log, self) };
                entry.Records.AddRange(records.Select(ThreadMessages.Record));
                reply.Logs.Add(entry);
            }
        }

        return reply;
    }

    /// <summary>
    /// There is no key in this call: what shows that the caller has it is that the record opens with it. A log's opening alone, a record with a gap before it, and one of
    /// an unknown log are fetched with what belongs to them.
    /// </summary>
    private async Task<PushRecordReply> PushRecordAsync(PushRecordRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var body = request.Body ?? throw Malformed();
        var log = ThreadMessages.LogId(body.LogID);
        var record = ThreadMessages.Blocks(body.Record ?? throw Malformed());
        if (find(ThreadMessages.ThreadId(body.ThreadID)) is not { } thread || !Opens(thread, record)
            || (await thread.Records.LogsAsync(cancellationToken).ConfigureAwait(false)).All(l => l.Id != log))
        {
            throw Unknown();
        }

        try
        {
            var result = await thread.Records.AddRecordsAsync(log, [record], cancellationToken).ConfigureAwait(false);
            if (result.Waiting > 0)
            {
                pull(thread, caller.Peer);
            }

            return new();
        }
        catch (ThreadsException e) when (e.ThreadsErrorCode is ThreadsErrorCode.RecordRefused or ThreadsErrorCode.ImportTruncated or ThreadsErrorCode.ImportDamaged or ThreadsErrorCode.ImportForeign)
        {
            throw new GrpcException(GrpcStatus.Unauthenticated, e.Message, e);
        }
    }

    private async Task<ExchangeEdgesReply> ExchangeEdgesAsync(ExchangeEdgesRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var body = request.Body ?? throw Malformed();
        if (body.Threads.Count > MaxThreadsAsked)
        {
            throw new GrpcException(GrpcStatus.ResourceExhausted, Strings.GrpcMalformed());
        }

        var reply = new ExchangeEdgesReply();
        foreach (var asked in body.Threads)
        {
            var id = ThreadMessages.ThreadId(asked.ThreadID);
            var edges = new ExchangeEdgesReply.Types.ThreadEdges { ThreadID = asked.ThreadID };
            if (caller.HasShown(id) && find(id) is { } thread)
            {
                var logs = await thread.Records.LogsAsync(cancellationToken).ConfigureAwait(false);
                edges.Exists = true;
                edges.HeadsEdge = ThreadMessages.HeadsEdge(logs);
                edges.AddressEdge = logs.Count == 0 ? 0 : Edges.Addresses(logs.Select(l => l.Id).Distinct().Select(l => (l, Multiaddress.ForPeer(self))));
                if (asked.HeadsEdge != 0 && asked.HeadsEdge != edges.HeadsEdge)
                {
                    pull(thread, caller.Peer);
                }
            }

            reply.Edges.Add(edges);
        }

        return reply;
    }

    private ServedThread Enter(ByteString thread, ByteString serviceKey, Caller caller)
    {
        var id = ThreadMessages.ThreadId(thread);
        if (serviceKey.Length is not (0 or ThreadKey.KeySizeBytes))
        {
            throw Malformed();
        }

        if (find(id) is not { } found)
        {
            throw Unknown();
        }

        using var key = found.Records.Key;
        if (!CryptographicOperations.FixedTimeEquals(key.Replica, serviceKey.Span))
        {
            throw Unknown();
        }

        caller.Show(id);
        return found;
    }

    private static bool Opens(ServedThread thread, RecordBlocks record)
    {
        using var key = thread.Records.Key;
        return ThreadMessages.Opens(record.Record.Span, key);
    }

    private static async Task<bool> IsHolderAsync(ServedThread thread, PeerId peer, CancellationToken cancellationToken) =>
        (await thread.AddressesAsync(cancellationToken).ConfigureAwait(false)).Any(a => a.Peer == peer);

    private static GrpcException Unknown() => new(GrpcStatus.NotFound, Strings.GrpcNotFound());

    private static GrpcException Malformed() => new(GrpcStatus.InvalidArgument, Strings.GrpcMalformed());
}
