using System.Security.Cryptography;
using Threads.Data;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Net;
using Threads.Net.Discovery;

namespace Replicator;

/// <summary>A folder with the peer's key and a file for each thread that is kept.</summary>
public sealed class Keeper : IAsyncDisposable
{
    private readonly string _folder;
    private readonly ThreadsPeer _peer;
    private readonly List<ThreadsDataSource> _threads = [];
    private readonly SemaphoreSlim _signal = new(1);

    private Keeper(string folder, ThreadsPeer peer) => (_folder, _peer) = (folder, peer);

    /// <summary>Opens the folder, makes it if it isn't there, and serves what is in it.</summary>
    public static async Task<Keeper> StartAsync(string folder, string listen, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        var peer = await ThreadsPeer.StartAsync(new() { Listen = [listen], Identity = LoadKey(Path.Combine(folder, "peer.key")) }, cancel);
        var keeper = new Keeper(folder, peer);
        foreach (var file in Directory.EnumerateFiles(folder, "*.db").Order())
        {
            await keeper.ServeAsync(new ThreadsConnectionStringBuilder { DataSource = file }, cancel);
        }

        foreach (var address in peer.DialableAddresses)
        {
            Console.WriteLine($"listening at {address}");
        }

        return keeper;
    }

    /// <summary>Keeps a thread from now on. A ticket is the thread's id, its replica key, and an address of somebody who has it.</summary>
    public async Task KeepAsync(string ticket, CancellationToken cancel)
    {
        if (ticket.Split('~') is not [var thread, var key, .. var addresses])
        {
            throw new FormatException($"'{ticket}' is no ticket. Paste the whole word that the chat printed behind --keep.");
        }

        using (var parsed = ThreadKey.Parse(key))
        {
            if (parsed.CanRead)
            {
                throw new FormatException("This ticket would let the replicator read. Use the one behind --keep, not the one behind --join.");
            }
        }

        var file = Path.Combine(_folder, $"{ThreadId.Parse(thread)}.db");
        if (!File.Exists(file))
        {
            await ServeAsync(new ThreadsConnectionStringBuilder { DataSource = file, Thread = thread, ThreadKey = key }, cancel);
        }

        await _peer.DiscoverAsync(new StaticDiscovery(addresses), cancel);
    }

    /// <summary>Prints what is held, now and whenever it grows, until it is cancelled.</summary>
    public async Task ReportAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await _signal.WaitAsync(cancel);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            foreach (var thread in _threads)
            {
                await using var connection = await thread.OpenConnectionAsync(cancel);
                var heads = connection.Thread.Heads.Heads;
                Console.WriteLine($"{DateTime.Now:HH:mm:ss} holds {heads.Sum(h => h.Counter)} records in {heads.Count} logs of thread {connection.Thread.Id}; can read: no");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _peer.DisposeAsync();
        foreach (var thread in _threads)
        {
            await thread.DisposeAsync();
        }

        _signal.Dispose();
    }

    private async Task ServeAsync(ThreadsConnectionStringBuilder settings, CancellationToken cancel)
    {
        var source = new ThreadsDataSource(settings.ToString());
        _threads.Add(source);
        await _peer.ServeAsync(source, cancel);
        source.OnRecordsAdded(() => _signal.Release());
    }

    private static Ed25519PrivateKey LoadKey(string file)
    {
        if (!File.Exists(file))
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using var created = new FileStream(file, options);
            created.Write(RandomNumberGenerator.GetBytes(32));
        }

        return new(File.ReadAllBytes(file));
    }
}
