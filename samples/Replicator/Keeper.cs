using Threads.Data;
using Threads.Data.Identity;
using Threads.Net;
using Threads.Net.Discovery;
using Threads.Net.Hosting;

namespace Replicator;

/// <summary>A folder with the peer's key and one file with all threads that are kept.</summary>
public sealed class Keeper : IAsyncDisposable
{
    private readonly ThreadsPeer _peer;
    private readonly SemaphoreSlim _signal = new(1);

    private Keeper(ThreadsPeer peer) => _peer = peer;

    /// <summary>Opens the folder, makes it if it isn't there, and serves what is in it.</summary>
    public static async Task<Keeper> StartAsync(string folder, string listen, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        var peer = await ThreadsPeer.StartAsync(
            new() { Listen = [listen], Identity = IdentityFile.LoadOrCreate(Path.Combine(folder, "peer.key")), ReplicaStore = Path.Combine(folder, "threads.db") }, cancel);
        var keeper = new Keeper(peer);
        foreach (var replica in peer.Replicas)
        {
            keeper.Watch(replica);
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

            var id = ThreadId.Parse(thread);
            var isNew = _peer.Replicas.All(r => r.Id != id);
            var replica = await _peer.ServeAsReplicatorAsync(id, parsed, cancel);
            if (isNew)
            {
                Watch(replica);
            }
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

            foreach (var replica in _peer.Replicas)
            {
                Console.WriteLine($"{DateTime.Now:HH:mm:ss} holds {replica.RecordCount} records in {replica.Heads.Heads.Count} logs of thread {replica.Id}; can read: no");
            }
        }
    }

    public ValueTask DisposeAsync() => _peer.DisposeAsync();

    private void Watch(ReplicaThread replica) => replica.RecordsAdded += () => _signal.Release();
}
