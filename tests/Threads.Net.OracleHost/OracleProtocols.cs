using System.Buffers.Binary;

namespace Threads.Net.OracleHost;

/// <summary>The protocols that the oracle's README lists, each a handler.</summary>
public sealed class OracleProtocol(string name, Func<PeerStream, CancellationToken, Task> serve) : IProtocolHandler
{
    private const string Prefix = "/threads/oracle/";

    public string Protocol { get; } = $"{Prefix}{name}/1.0.0";

    public int MaxInboundStreams => 512;

    public static IReadOnlyList<OracleProtocol> All { get; } =
    [
        new("echo", EchoAsync),
        new("sink", SinkAsync),
        new("source", SourceAsync),
        new("greet", GreetAsync),
        new("reset", ResetAsync),
    ];

    public Task HandleAsync(PeerStream stream, CancellationToken cancellationToken) => serve(stream, cancellationToken);

    private static async Task EchoAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        for (int n; (n = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            await stream.WriteAsync(buffer.AsMemory(0, n), cancellationToken);
        }

        await stream.CompleteWritesAsync(cancellationToken);
    }

    private static async Task SinkAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        ulong count = 0;
        for (int n; (n = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            count += (ulong)n;
        }

        var answer = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(answer, count);
        await stream.WriteAsync(answer, cancellationToken);
        await stream.CompleteWritesAsync(cancellationToken);
    }

    private static async Task SourceAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        var asked = new byte[8];
        await stream.ReadExactlyAsync(asked, cancellationToken);
        var left = BinaryPrimitives.ReadUInt64BigEndian(asked);
        // A multiple of 251, so that every chunk begins where the pattern does.
        var pattern = new byte[251 * 256];
        for (var i = 0; i < pattern.Length; i++)
        {
            pattern[i] = (byte)(i % 251);
        }

        while (left > 0)
        {
            var n = (int)Math.Min(left, (ulong)pattern.Length);
            await stream.WriteAsync(pattern.AsMemory(0, n), cancellationToken);
            left -= (ulong)n;
        }

        await stream.CompleteWritesAsync(cancellationToken);
        await DrainAsync(stream, cancellationToken);
    }

    private static async Task GreetAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        await stream.WriteAsync("hello from the oracle\n"u8.ToArray(), cancellationToken);
        await stream.CompleteWritesAsync(cancellationToken);
        await DrainAsync(stream, cancellationToken);
    }

    private static async Task ResetAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        await stream.ReadExactlyAsync(new byte[1], cancellationToken);
        stream.Abort();
    }

    private static async Task DrainAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        while (await stream.ReadAsync(buffer, cancellationToken) > 0)
        {
        }
    }
}
