using System.Diagnostics;

namespace Threads.Data.Tests.Faults;

/// <summary>A process of Threads.FaultHost: started ahead, told to go, read line by line, and killed as SIGKILL kills.</summary>
internal sealed class FaultProcess : IDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Threads.FaultHost.dll");

    private readonly Process process;

    private FaultProcess(Process process) => this.process = process;

    public int ExitCode => process.ExitCode;

    /// <summary>Starts one that waits for <see cref="GoAsync"/>. <paramref name="shellPrefix"/> runs before it in the same process, for limits.</summary>
    public static FaultProcess Start(string? shellPrefix = null)
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = shellPrefix is null ? new ProcessStartInfo(dotnet, [Program]) : new ProcessStartInfo("bash", ["-c", $"{shellPrefix}; exec \"$0\" \"$1\"", dotnet, Program]);
        start.RedirectStandardInput = start.RedirectStandardOutput = true;
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        return new(Process.Start(start)!);
    }

    public async Task GoAsync(string file, int writer, int commits)
    {
        Assert.Equal("ready", await ReadLineAsync());
        await process.StandardInput.WriteLineAsync(FormattableString.Invariant($"{file}\t{writer}\t{commits}"));
        await process.StandardInput.FlushAsync();
    }

    /// <summary>The next line, or null when the process has ended.</summary>
    public async Task<string?> ReadLineAsync() => await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(120));

    public void Kill() => process.Kill();

    /// <summary>What was still in the pipe when the process ended.</summary>
    public async Task<IReadOnlyList<string>> EndAsync()
    {
        var rest = await process.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(240));
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return rest.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.Dispose();
    }
}
