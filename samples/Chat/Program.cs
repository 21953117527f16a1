using System.CommandLine;
using Chat;
using Microsoft.EntityFrameworkCore;
using Threads.Data;
using Threads.Data.Identity;
using Threads.Net;
using Threads.Net.Discovery;

var name = new Option<string>("--name") { Description = "Who you are", DefaultValueFactory = _ => Environment.UserName };
var file = new Option<string>("--data") { Description = "The database file", DefaultValueFactory = r => $"{r.GetRequiredValue<string>("--name")}.db" };
var join = new Option<string?>("--join") { Description = "The ticket that another chat printed" };
var listen = new Option<string>("--listen") { Description = "Where to listen", DefaultValueFactory = _ => "/ip4/0.0.0.0/tcp/0" };
var replicator = new Option<string?>("--replicator") { Description = "The address of a replicator that keeps the room while nobody is there" };
var noMdns = new Option<bool>("--no-mdns") { Description = "Don't look for others in the local network" };
var command = new RootCommand("A chat without a server: each terminal is a peer, the messages are a table.") { name, file, join, listen, replicator, noMdns };
command.SetAction((r, cancel) => RunAsync(r.GetRequiredValue(name), r.GetRequiredValue(file), r.GetValue(join), r.GetRequiredValue(listen), r.GetValue(replicator), !r.GetValue(noMdns), cancel));
return await command.Parse(args).InvokeAsync();

static async Task<int> RunAsync(string name, string file, string? join, string listen, string? replicator, bool useMdns, CancellationToken cancel)
{
    var ticket = join is null ? null : Ticket.Parse(join);
    var settings = new ThreadsConnectionStringBuilder { DataSource = file };
    if (ticket is not null)
    {
        (settings.Thread, settings.ThreadKey) = (ticket.Thread.ToString(), ticket.Key);
    }

    await using var source = new ThreadsDataSource(settings.ToString());
    await using (var room = new Room(source))
    {
        await room.Database.EnsureCreatedAsync(cancel);
    }

    if (replicator is not null)
    {
        // Others learn of it too, with the addresses of this log.
        await using var connection = await source.OpenConnectionAsync(cancel);
        connection.Thread.AddReplicator(Multiaddress.Parse(replicator));
    }

    await using var peer = await ThreadsPeer.StartAsync(new() { Listen = [listen] }, cancel);
    await using var serving = await peer.ServeAsync(source, cancel);
    await PrintTicketsAsync(source, peer);
    await peer.DiscoverAsync(new StaticDiscovery(new[] { ticket?.Address, replicator }.OfType<string>()), cancel);
    if (useMdns)
    {
        await peer.DiscoverAsync(new MdnsDiscovery(), cancel);
    }

    peer.Connected += (_, c) => Console.WriteLine($"* connected with {c.Peer}");
    peer.Disconnected += (_, c) => Console.WriteLine($"* lost {c.Peer}");

    // The live query: after each commit, ours or another's, what is new is shown.
    var shown = new HashSet<Guid>();
    using var signal = new SemaphoreSlim(1);
    using var listening = source.OnRecordsAdded(() => signal.Release());
    var showing = ShowAllAsync(source, shown, signal, cancel);

    while (!cancel.IsCancellationRequested && await Console.In.ReadLineAsync(cancel) is { } text)
    {
        if (text.Trim().Length == 0)
        {
            continue;
        }

        await using var room = new Room(source);
        room.Add(new Message { Author = name, Text = text });
        await room.SaveChangesAsync(cancel);
    }

    // What was typed last reaches whoever is connected before we go.
    foreach (var other in peer.Connections.Select(c => c.Peer).Distinct())
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        try
        {
            await using var connection = await source.OpenConnectionAsync(soon.Token);
            await peer.WaitForSyncAsync(other, connection.Thread.Id, soon.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            Console.WriteLine($"* {other} has not everything yet; the next meeting brings it.");
        }
    }

    return 0;
}

static async Task PrintTicketsAsync(ThreadsDataSource source, ThreadsPeer peer)
{
    await using var connection = await source.OpenConnectionAsync();
    using var key = connection.Thread.Key;
    using var blind = key.WithoutRead();
    var address = peer.DialableAddresses.FirstOrDefault()?.ToString();
    Console.WriteLine($"others join with:      --join {new Ticket(connection.Thread.Id, key.Export(), address)}");
    Console.WriteLine($"a replicator keeps it: --keep {new Ticket(connection.Thread.Id, blind.Export(), address)}");
}

static async Task ShowAllAsync(ThreadsDataSource source, HashSet<Guid> shown, SemaphoreSlim signal, CancellationToken cancel)
{
    while (true)
    {
        await signal.WaitAsync(cancel);
        await using var room = new Room(source);
        foreach (var message in await room.Messages.AsNoTracking().OrderBy(m => m.Said).ToListAsync(cancel))
        {
            if (shown.Add(message.Id))
            {
                Console.WriteLine($"{message.Said.ToLocalTime():HH:mm} {message.Author}: {message.Text}");
            }
        }
    }
}
