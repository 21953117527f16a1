using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Threads.Net.Tests.Interop;

/// <summary>
/// js-libp2p as a judge in a process of its own. <c>.ci/run</c> installs it into tests/Threads.Net.Tests/obj/oracle (or wherever THREADS_ORACLE says);
/// elsewhere the tests are skipped, with the reason.
/// </summary>
internal sealed class NodeOracle : IAsyncDisposable
{
    private static readonly Lazy<string?> Installed = new(FindInstalled);
    private readonly Process _process;

    private NodeOracle(Process process) => _process = process;

    /// <summary>The events that the process has printed.</summary>
    public List<JsonNode> Lines { get; } = [];

    public string ErrorText { get; private set; } = "";

    public static string Folder
    {
        get
        {
            Skip.If(Installed.Value is null, "js-libp2p is not installed: it takes Node 20, npm, and .ci/interop, which .ci/run calls.");
            return Installed.Value;
        }
    }

    public static NodeOracle Start(string program, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Folder };
        start.ArgumentList.Add(program);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return new(Process.Start(start)!);
    }

    /// <summary>The next line; null at the end.</summary>
    public async Task<JsonNode?> ReadAsync(TimeSpan limit)
    {
        using var slow = new CancellationTokenSource(limit);
        if (await _process.StandardOutput.ReadLineAsync(slow.Token) is not { } line)
        {
            return null;
        }

        var node = JsonNode.Parse(line)!;
        Lines.Add(node);
        return node;
    }

    /// <summary>Reads to the end and returns the exit code.</summary>
    public async Task<int> EndAsync(TimeSpan limit)
    {
        while (await ReadAsync(limit) is not null)
        {
        }

        ErrorText = await _process.StandardError.ReadToEndAsync();
        await _process.WaitForExitAsync().WaitAsync(limit);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static string? FindInstalled()
    {
        var folder = Environment.GetEnvironmentVariable("THREADS_ORACLE");
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); folder is null && at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Threads.EF.sln")))
            {
                folder = Path.Combine(at.FullName, "tests", "Threads.Net.Tests", "obj", "oracle");
            }
        }

        return folder is not null && Directory.Exists(Path.Combine(folder, "node_modules")) ? folder : null;
    }
}
