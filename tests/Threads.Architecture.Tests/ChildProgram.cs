using System.Diagnostics;

namespace Threads.Architecture.Tests;

/// <summary>Runs dotnet with some arguments in an empty folder that goes afterwards; a program that does not end is ended.</summary>
internal static class ChildProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    public static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("threads-doc-");
        try
        {
            var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", arguments)
            {
                WorkingDirectory = folder.FullName, RedirectStandardOutput = true, RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            using var limit = new CancellationTokenSource(Limit);
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            try
            {
                await process.WaitForExitAsync(limit.Token);
                return (process.ExitCode, await output + await errors);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                return (-1, $"It did not end within {Limit.TotalSeconds} seconds.");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
