using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Threads.Net;
using Threads.Net.OracleHost;

if (args is ["sync", .. var sync])
{
    return await SyncHost.RunAsync(sync);
}

// --security noise|tls|both, --listen ADDRESS (several), --topic NAME. The first line tells where it listens, as peer.mjs does; it stops on SIGTERM,
// or when its standard input ends.
var listen = new List<string>();
var security = "both";
var topic = "threads-oracle";
var verbose = args.Contains("--verbose");
args = [.. args.Where(a => a != "--verbose")];
for (var i = 0; i + 1 < args.Length; i += 2)
{
    switch (args[i])
    {
        case "--listen":
            listen.Add(args[i + 1]);
            break;
        case "--security":
            security = args[i + 1];
            break;
        case "--topic":
            topic = args[i + 1];
            break;
        default:
            Console.Error.WriteLine("usage: Threads.Net.OracleHost [--security noise|tls|both] [--listen ADDRESS]... [--topic NAME] [--verbose]");
            return 2;
    }
}

await using var peer = await ThreadsPeer.StartAsync(new()
{
    Listen = listen.Count > 0 ? listen : ["/ip4/127.0.0.1/tcp/0"],
    Security = security switch { "noise" => ["/noise"], "tls" => ["/tls/1.0.0"], _ => ["/noise", "/tls/1.0.0"] },
    LoggerFactory = verbose ? new StandardErrorLogger() : NullLoggerFactory.Instance,
});
foreach (var protocol in OracleProtocol.All)
{
    peer.AddHandler(protocol);
}

peer.Subscribe($"{topic}/echo", _ => { });
peer.Subscribe(topic, d => peer.Publish($"{topic}/echo", (byte[])[.. "echo:"u8, .. d.Data.Span]));

var addresses = peer.DialableAddresses.Select(a => a.ToString()).ToArray();
Console.WriteLine(JsonSerializer.Serialize(new { @event = "ready", address = addresses[0], all = addresses, peer = peer.Id.ToString(), security, topic }));

var stop = new TaskCompletionSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.TrySetResult();
};
using var terminated = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, c =>
{
    c.Cancel = true;
    stop.TrySetResult();
});
if (Console.IsInputRedirected)
{
    _ = Task.Run(async () =>
    {
        while (await Console.In.ReadLineAsync() is not null)
        {
        }

        stop.TrySetResult();
    });
}

await stop.Task;
return 0;
