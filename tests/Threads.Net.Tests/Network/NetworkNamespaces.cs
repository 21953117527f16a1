using System.Diagnostics;

namespace Threads.Net.Tests.Network;

/// <summary>Two network namespaces of the test's own with one cable between them: nothing that is sent there leaves the machine. Root and <c>ip netns</c> are needed, elsewhere tests are skipped with the reason.</summary>
internal sealed class NetworkNamespaces : IDisposable
{
    private static int _count;
    private readonly string _prefix = $"th{Environment.ProcessId}x{Interlocked.Increment(ref _count)}";

    private NetworkNamespaces() => (A, B) = ($"{_prefix}a", $"{_prefix}b");

    public string A { get; }

    public string B { get; }

    public static string AddressOfA => "10.77.0.1";

    public static string AddressOfB => "10.77.0.2";

    public static NetworkNamespaces Create()
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.UserName == "root", "Network namespaces take Linux and root.");
        var made = new NetworkNamespaces();
        try
        {
            Skip.IfNot(Run("ip", "netns", "add", made.A) is "", "This machine makes no network namespaces (ip netns add).");
            Must("ip", "netns", "add", made.B);
            Must("ip", "link", "add", made.A, "type", "veth", "peer", "name", made.B);
            foreach (var (name, address) in new[] { (made.A, AddressOfA), (made.B, AddressOfB) })
            {
                Must("ip", "link", "set", name, "netns", name);
                Must("ip", "-n", name, "addr", "add", $"{address}/24", "dev", name);
                Must("ip", "-n", name, "link", "set", name, "multicast", "on", "up");
                Must("ip", "-n", name, "link", "set", "lo", "up");
                Must("ip", "-n", name, "route", "add", "224.0.0.0/4", "dev", name);
            }

            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    /// <summary>Makes the cable a bad one, both ways. Skips the test where the kernel can't.</summary>
    public void Worsen(params string[] netem)
    {
        foreach (var name in new[] { A, B })
        {
            var error = Run("tc", ["-n", name, "qdisc", "replace", "dev", name, "root", "netem", .. netem]);
            Skip.IfNot(error is "", $"This kernel has no netem ({error}); LinkTests has the same link in user space.");
        }
    }

    /// <summary>Pulls the cable, or puts it back.</summary>
    public void Plug(bool isIn) => Must("ip", "-n", A, "link", "set", A, isIn ? "up" : "down");

    public void Dispose()
    {
        Run("ip", "netns", "del", A);
        Run("ip", "netns", "del", B);
    }

    private static void Must(params string[] command) => Assert.Equal("", Run(command[0], command[1..]));

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? "" : error.Trim() is "" ? $"exit {process.ExitCode}" : error.Trim();
    }
}
