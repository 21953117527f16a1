using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Threads.Benchmarks;

/// <summary>The scripts in <c>peers/</c>: the same work by automerge, yjs and loro in Node. Nothing where Node or the packages are not installed (<c>npm ci</c> in that folder).</summary>
internal static class Peers
{
    public static IEnumerable<(string Name, double Seconds, long Bytes)> Run(string script, params string[] arguments)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Folder(), script))!;
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            Console.Error.WriteLine($"'{script}' is left out: '{Path.Combine(folder, "node_modules")}' is not there.");
            return [];
        }

        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, WorkingDirectory = folder };
        foreach (var argument in arguments.Prepend(Path.GetFileName(script)))
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"'node {script}' ended with {process.ExitCode}.");
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('\t'))
            .Select(f => (f[0], double.Parse(f[1], CultureInfo.InvariantCulture), long.Parse(f[2], CultureInfo.InvariantCulture)))];
    }

    private static string Folder([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "peers");
}
