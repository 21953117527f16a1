using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Threads.Data.Identity;
using Threads.Net.Protobuf.ThreadService;
using Threads.Net.Resources;

namespace Threads.Net.ThreadService;

/// <summary>Calls net.pb.Service of a peer: HTTP/2 by SocketsHttpHandler, whose connections are streams.</summary>
internal sealed class ThreadServiceClient : IDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);
    private readonly HttpClient _http;
    private readonly PeerId _peer;
    private readonly TimeProvider _time;

    public ThreadServiceClient(PeerConnection connection, TimeProvider time)
    {
        _peer = connection.Peer;
        _time = time;
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) => await connection.OpenStreamAsync(ThreadServiceServer.Id, cancellationToken).ConfigureAwait(false),
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
        };
        _http = new(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public Task<GetLogsReply> GetLogsAsync(GetLogsRequest request, CancellationToken cancellationToken) => CallAsync("GetLogs", request, GetLogsReply.Parser, cancellationToken);

    public Task<PushLogReply> PushLogAsync(PushLogRequest request, CancellationToken cancellationToken) => CallAsync("PushLog", request, PushLogReply.Parser, cancellationToken);

    public Task<GetRecordsReply> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken) => CallAsync("GetRecords", request, GetRecordsReply.Parser, cancellationToken);

    public Task<PushRecordReply> PushRecordAsync(PushRecordRequest request, CancellationToken cancellationToken) => CallAsync("PushRecord", request, PushRecordReply.Parser, cancellationToken);

    public Task<ExchangeEdgesReply> ExchangeEdgesAsync(ExchangeEdgesRequest request, CancellationToken cancellationToken) =>
        CallAsync("ExchangeEdges", request, ExchangeEdgesReply.Parser, cancellationToken);

    public void Dispose() => _http.Dispose();

    /// <exception cref="GrpcException">The peer answered with another status, not at all, or not in gRPC.</exception>
    internal async Task<T> CallAsync<T>(string method, IMessage request, MessageParser<T> parser, CancellationToken cancellationToken)
        where T : IMessage<T>
    {
        using var limit = new Wire.TimeLimit(CallTimeout, _time, cancellationToken);
        // The host is a word: HTTP puts host names into lower case, and peer ids have both. The real one stands in :authority.
        using var message = new HttpRequestMessage(HttpMethod.Post, "http://peer" + Grpc.ServicePath + method)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(Grpc.Frame(request)),
        };
        message.Headers.Host = _peer.ToString();
        message.Headers.TE.Add(new("trailers"));
        message.Content.Headers.ContentType = new MediaTypeHeaderValue(Grpc.ContentType);
        try
        {
            using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            var body = await response.Content.ReadAsStreamAsync(limit.Token).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                if (Status(response.Headers) is { } early && early != GrpcStatus.Ok)
                {
                    throw new GrpcException(early, Text(response.Headers));
                }

                byte[] reply;
                try
                {
                    reply = await Grpc.ReadAsync(body, limit.Token).ConfigureAwait(false);
                }
                catch (GrpcException) when (Status(response.TrailingHeaders) is { } late && late != GrpcStatus.Ok)
                {
                    throw new GrpcException(late, Text(response.TrailingHeaders));
                }

                return Status(response.TrailingHeaders) switch
                {
                    GrpcStatus.Ok => Grpc.Parse(parser, reply),
                    { } status => throw new GrpcException(status, Text(response.TrailingHeaders)),
                    null => throw new GrpcException(GrpcStatus.Internal, Strings.GrpcMalformed()),
                };
            }
        }
        catch (HttpRequestException e)
        {
            throw new GrpcException(GrpcStatus.Unavailable, e.Message, e);
        }
        catch (OperationCanceledException e) when (limit.IsOver)
        {
            throw new GrpcException(GrpcStatus.DeadlineExceeded, Strings.NegotiationTimeout(CallTimeout), e);
        }
    }

    private static GrpcStatus? Status(HttpResponseHeaders headers) =>
        headers.TryGetValues(Grpc.StatusTrailer, out var values) && int.TryParse(values.FirstOrDefault(), out var status) ? (GrpcStatus)status : null;

    private static string Text(HttpResponseHeaders headers) => headers.TryGetValues(Grpc.MessageTrailer, out var values) ? Uri.UnescapeDataString(values.FirstOrDefault() ?? "") : "";
}
