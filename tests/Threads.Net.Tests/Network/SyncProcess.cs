using System.Diagnostics;
using System.Text.Json.Nodes;
using Threads.Data;
using Threads.Data.Identity;
using Threads.Net.OracleHost;

namespace Threads.Net.Tests.Network;

/// <summary>A process that keeps its database in sync (tests/Threads.Net.OracleHost), in a network namespace where one is named.</summary>
internal sealed class SyncProcess : IAsyncDisposable
{
    private const string Table = "CREATE TABLE IF NOT EXISTS note (id TEXT PRIMARY KEY NOT NULL, text TEXT)";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private readonly Process _process;

    private SyncProcess(Process process) => _process = process;

    public Multiaddress Address { get; private set; } = null!;

    public static async Task<SyncProcess> StartAsync(string connectionString, string listen = "/ip4/127.0.0.1/tcp/0", string? inNamespace = null)
    {
        string[] command = ["dotnet", typeof(OracleProtocol).Assembly.Location, "sync", connectionString, Table, listen];
        command = inNamespace is null ? command : ["ip", "netns", "exec", inNamespace, .. command];
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var process = new SyncProcess(Process.Start(start)!);
        process.Address = Multiaddress.Parse((string)(await process.ReadAsync())["address"]!);
        return process;
    }

    /// <summary>Two databases of the same new thread, not in sync yet.</summary>
    public static (string A, string B) NewThread(string folder)
    {
        var a = new ThreadsConnectionStringBuilder { DataSource = Path.Combine(folder, "a.db") };
        using var connection = new ThreadsConnection(a.ToString() + ";Pooling=False");
        connection.Open();
        using var key = connection.Thread.Key;
        var b = new ThreadsConnectionStringBuilder { DataSource = Path.Combine(folder, "b.db"), Thread = connection.Thread.Id.ToString(), ThreadKey = key.Export() };
        return (a.ToString(), b.ToString());
    }

    public async Task<JsonNode> TellAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
        return await ReadAsync();
    }

    /// <summary>Both have so many rows, the same, and used no more memory than a bound.</summary>
    public static async Task AssertEqualAsync(SyncProcess a, SyncProcess b, int rows, long maxBytes)
    {
        JsonNode one = null!, other = null!;
        for (var i = 0; i < 900; i++)
        {
            (one, other) = (await a.TellAsync("state"), await b.TellAsync("state"));
            if ((int)one["rows"]! == rows && (int)other["rows"]! == rows)
            {
                break;
            }

            await Task.Delay(100);
        }

        Assert.Equal(rows, (int)one["rows"]!);
        Assert.Equal(rows, (int)other["rows"]!);
        Assert.Equal((string)one["digest"]!, (string)other["digest"]!);
        Assert.InRange((long)one["memory"]!, 0, maxBytes);
        Assert.InRange((long)other["memory"]!, 0, maxBytes);
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task<JsonNode> ReadAsync()
    {
        using var slow = new CancellationTokenSource(Limit);
        var line = await _process.StandardOutput.ReadLineAsync(slow.Token);
        Assert.True(line is not null, "The process ended.");
        return JsonNode.Parse(line)!;
    }
}
