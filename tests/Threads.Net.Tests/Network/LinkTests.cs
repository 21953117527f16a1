namespace Threads.Net.Tests.Network;

/// <summary>Live sync between separate processes over bad links: nothing lost, equal tables, bounded memory.</summary>
public sealed class LinkTests : IDisposable
{
    private const long MaxBytes = 96 * 1024 * 1024;
    private readonly string _folder = Directory.CreateTempSubdirectory("threads-link-").FullName;

    [Fact]
    public async Task Over_200_ms_with_5_percent_loss_and_1_Mbit_nothing_is_lost()
    {
        var (fileA, fileB) = SyncProcess.NewThread(_folder);
        await using var a = await SyncProcess.StartAsync(fileA);
        await using var b = await SyncProcess.StartAsync(fileB);
        await using var link = new LinkShaper(a.Address, Link.Bad);
        await b.TellAsync($"seek {link.Address}");
        for (var i = 0; i < 5; i++)
        {
            await Task.WhenAll(a.TellAsync("write 20"), b.TellAsync("write 20"));
        }

        await SyncProcess.AssertEqualAsync(a, b, 200, MaxBytes);
        Assert.True(link.Accepted > 0);
    }

    [Fact]
    public async Task A_link_that_is_cut_again_and_again_heals_and_nothing_is_lost()
    {
        var (fileA, fileB) = SyncProcess.NewThread(_folder);
        await using var a = await SyncProcess.StartAsync(fileA);
        await using var b = await SyncProcess.StartAsync(fileB);
        await using var link = new LinkShaper(a.Address, new(TimeSpan.FromMilliseconds(5), 0, 0));
        await b.TellAsync($"seek {link.Address}");
        for (var i = 0; i < 4; i++)
        {
            await Task.WhenAll(a.TellAsync("write 50"), b.TellAsync("write 50"));
            link.Partition();
            await Task.WhenAll(a.TellAsync("write 10"), b.TellAsync("write 10"));
            link.Heal();
        }

        await SyncProcess.AssertEqualAsync(a, b, 480, MaxBytes);
        Assert.True(link.Accepted > 1);
    }

    [Fact]
    public async Task Much_to_send_over_a_narrow_link_is_held_back_at_its_source()
    {
        var (fileA, fileB) = SyncProcess.NewThread(_folder);
        await using var a = await SyncProcess.StartAsync(fileA);
        await a.TellAsync("write 3000");
        await using var b = await SyncProcess.StartAsync(fileB);
        await using var link = new LinkShaper(a.Address, new(TimeSpan.FromMilliseconds(20), 0, 500_000));
        await b.TellAsync($"seek {link.Address}");
        await SyncProcess.AssertEqualAsync(a, b, 3000, MaxBytes);
    }

    [SkippableFact]
    public async Task Between_namespaces_with_netem_200_ms_5_percent_loss_1_Mbit_nothing_is_lost()
    {
        using var net = NetworkNamespaces.Create();
        net.Worsen("delay", "100ms", "loss", "5%", "rate", "1mbit");
        await WriteOnBothSidesAsync(net, () => Task.CompletedTask);
    }

    [SkippableFact]
    public async Task Between_namespaces_a_cable_that_is_pulled_and_put_back_loses_nothing()
    {
        using var net = NetworkNamespaces.Create();
        await WriteOnBothSidesAsync(net, async () =>
        {
            net.Plug(false);
            await Task.Delay(1500);
            net.Plug(true);
        });
    }

    [SkippableFact]
    public async Task Two_processes_find_each_other_by_multicast_DNS_and_are_in_sync()
    {
        using var net = NetworkNamespaces.Create();
        var (fileA, fileB) = SyncProcess.NewThread(_folder);
        await using var a = await SyncProcess.StartAsync(fileA, "/ip4/0.0.0.0/tcp/4006", net.A);
        await using var b = await SyncProcess.StartAsync(fileB, "/ip4/0.0.0.0/tcp/4006", net.B);
        await a.TellAsync("write 10");
        await b.TellAsync("write 10");
        await a.TellAsync("discover");
        await b.TellAsync("discover");
        await SyncProcess.AssertEqualAsync(a, b, 20, MaxBytes);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task WriteOnBothSidesAsync(NetworkNamespaces net, Func<Task> between)
    {
        var (fileA, fileB) = SyncProcess.NewThread(_folder);
        await using var a = await SyncProcess.StartAsync(fileA, $"/ip4/{NetworkNamespaces.AddressOfA}/tcp/4006", net.A);
        await using var b = await SyncProcess.StartAsync(fileB, $"/ip4/{NetworkNamespaces.AddressOfB}/tcp/4006", net.B);
        await b.TellAsync($"seek {a.Address}");
        await Task.WhenAll(a.TellAsync("write 40"), b.TellAsync("write 40"));
        await between();
        await Task.WhenAll(a.TellAsync("write 40"), b.TellAsync("write 40"));
        await SyncProcess.AssertEqualAsync(a, b, 160, MaxBytes);
    }
}
