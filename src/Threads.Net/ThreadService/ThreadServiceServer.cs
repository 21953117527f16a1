using System.Globalization;
using System.Net;
using Google.Protobuf;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Threads.Data;
using Threads.Net.Resources;

namespace Threads.Net.ThreadService;

/// <summary>
/// /thread/0.0.1: go-threads' gRPC over streams. Kestrel speaks HTTP/2 (docs/decisions/0011), this reads and writes the one message of each call. It starts with the
/// first stream.
/// </summary>
internal sealed class ThreadServiceServer(ThreadServiceCalls calls, ILoggerFactory loggers) : IProtocolHandler, IHttpApplication<HttpContext>, IAsyncDisposable
{
    public const string Id = "/thread/0.0.1";
    public const string CallerKey = "threads.caller";
    private const int MaxCallsAtOnce = 32;

    private readonly StreamListener _listener = new();
    private readonly SemaphoreSlim _starting = new(1);
    private KestrelServer? _server;
    private bool _isDisposed;

    public string Protocol => Id;

    public int MaxInboundStreams => 4;

    public async Task HandleAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        await StartAsync(cancellationToken).ConfigureAwait(false);
        await _listener.ServeAsync(stream, cancellationToken).ConfigureAwait(false);
    }

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
        // The context holds nothing of its own.
    }

    public async Task ProcessRequestAsync(HttpContext context)
    {
        var (status, text) = (GrpcStatus.Ok, "");
        context.Response.ContentType = Grpc.ContentType;
        try
        {
            if (context.Features.Get<IConnectionItemsFeature>()?.Items[CallerKey] is not Caller caller || context.Request.Method != HttpMethods.Post
                || !context.Request.Path.Value!.StartsWith(Grpc.ServicePath, StringComparison.Ordinal))
            {
                throw new GrpcException(GrpcStatus.Unimplemented, Strings.GrpcUnknown(context.Request.Path));
            }

            var message = await Grpc.ReadAsync(context.Request.Body, context.RequestAborted).ConfigureAwait(false);
            var reply = await calls.AnswerAsync(context.Request.Path.Value[Grpc.ServicePath.Length..], message, caller, context.RequestAborted).ConfigureAwait(false);
            await context.Response.Body.WriteAsync(Grpc.Frame(reply), context.RequestAborted).ConfigureAwait(false);
        }
        catch (GrpcException e)
        {
            (status, text) = (e.Status, e.Message);
        }
        catch (Exception e) when (e is Microsoft.AspNetCore.Http.BadHttpRequestException or InvalidProtocolBufferException or FormatException)
        {
            (status, text) = (GrpcStatus.InvalidArgument, e.Message);
        }
        catch (Exception e) when (e is ObjectDisposedException or System.Data.Common.DbException)
        {
            (status, text) = (GrpcStatus.Unavailable, Strings.GrpcUnavailable());
        }

        context.Response.AppendTrailer(Grpc.StatusTrailer, ((int)status).ToString(CultureInfo.InvariantCulture));
        context.Response.AppendTrailer(Grpc.MessageTrailer, Uri.EscapeDataString(text));
    }

    public async ValueTask DisposeAsync()
    {
        await _starting.WaitAsync().ConfigureAwait(false);
        _isDisposed = true;
        _starting.Release();
        if (_server is { } server)
        {
            await server.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
            server.Dispose();
        }
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_server is not null)
            {
                return;
            }

            var options = new KestrelServerOptions { ApplicationServices = new ServiceCollection().AddSingleton(loggers).AddLogging().BuildServiceProvider(), AddServerHeader = false };
            options.Limits.MaxRequestBodySize = Grpc.MaxMessageBytes + 5;
            options.Limits.Http2.MaxStreamsPerConnection = MaxCallsAtOnce;
            options.Limits.MinRequestBodyDataRate = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));
            options.Listen(new IPEndPoint(IPAddress.Loopback, 1), listen => listen.Protocols = HttpProtocols.Http2);
            var server = new KestrelServer(Options.Create(options), _listener, loggers);
            await server.StartAsync(this, cancellationToken).ConfigureAwait(false);
            _server = server;
        }
        finally
        {
            _starting.Release();
        }
    }
}
