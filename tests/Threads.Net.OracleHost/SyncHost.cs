using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Threads.Data;
using Threads.Net.Discovery;

namespace Threads.Net.OracleHost;

/// <summary>
/// A process that keeps a database in sync, told what to do on standard input, a line each: <c>write N</c> commits so many rows, one transaction each,
/// <c>seek ADDRESS</c> dials an address again whenever it isn't connected, <c>discover</c> looks around by multicast DNS, <c>state</c> tells how it stands. Every line is answered by one of JSON.
/// </summary>
internal static class SyncHost
{
    /// <param name="arguments">The connection string, the table's SQL, and the address to listen on.</param>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        await using var source = new ThreadsDataSource(arguments[0]);
        await using var connection = await source.OpenConnectionAsync();
        Execute(connection, arguments[1]);
        await using var peer = await ThreadsPeer.StartAsync(new() { Listen = [arguments[2]], LoggerFactory = NullLoggerFactory.Instance });
        await using var serving = await peer.ServeAsync(source);
        Say(new { @event = "ready", address = peer.DialableAddresses[0].ToString(), peer = peer.Id.ToString() });
        long most = 0;
        using var timer = new Timer(_ => most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: false)), null, 0, 50);
        for (var written = 0; await Console.In.ReadLineAsync() is { } line;)
        {
            switch (line.Split(' '))
            {
                case ["write", var count]:
                    for (var n = int.Parse(count, CultureInfo.InvariantCulture); n > 0; n--)
                    {
                        Execute(connection, $"INSERT INTO note VALUES ('{peer.Id} {written++}', '{new string('x', 100)}')");
                    }

                    Say(new { @event = "written", count = written });
                    break;
                case ["seek", var address]:
                    await peer.DiscoverAsync(new StaticDiscovery([address], TimeSpan.FromMilliseconds(500)));
                    Say(new { @event = "seeking" });
                    break;
                case ["discover"]:
                    await peer.DiscoverAsync(new MdnsDiscovery(TimeSpan.FromMilliseconds(500)));
                    Say(new { @event = "discovering" });
                    break;
                case ["state"]:
                    using (var command = connection.CreateCommand())
                    {
                        command.CommandText = "SELECT count(*) FROM note";
                        Say(new { @event = "state", rows = (long)command.ExecuteScalar()!, digest = Convert.ToHexString(connection.Thread.Digest()), connections = peer.Connections.Count, memory = most });
                    }

                    break;
                default:
                    Console.Error.WriteLine($"'{line}' is none of: write N, seek ADDRESS, discover, state.");
                    return 2;
            }
        }

        return 0;
    }

    private static void Execute(ThreadsConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static void Say(object line) => Console.WriteLine(JsonSerializer.Serialize(line));
}
