using System.CommandLine;
using Replicator;

var store = new Option<string>("--store") { Description = "The folder of what is kept", DefaultValueFactory = _ => "replicator" };
var listen = new Option<string>("--listen") { Description = "Where to listen", DefaultValueFactory = _ => "/ip4/0.0.0.0/tcp/4006" };
var keep = new Option<string[]>("--keep") { Description = "A thread to keep: the word that a chat printed. It goes on being kept after a restart" };
var command = new RootCommand("Keeps threads for others. It holds replica keys only: it verifies and passes on what it can't read.") { store, listen, keep };
command.SetAction(async (r, cancel) =>
{
    await using var keeper = await Keeper.StartAsync(r.GetRequiredValue(store), r.GetRequiredValue(listen), cancel);
    foreach (var ticket in r.GetValue(keep) ?? [])
    {
        await keeper.KeepAsync(ticket, cancel);
    }

    await keeper.ReportAsync(cancel);
    return 0;
});
return await command.Parse(args).InvokeAsync();
