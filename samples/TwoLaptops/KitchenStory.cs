using Spectre.Console;
using TwoLaptops.Kitchen;

namespace TwoLaptops;

/// <summary>Two people, one recipe box, no network: the sample's own data.</summary>
internal sealed class KitchenStory(Workplace place)
{
    private const int EditsEach = 200;

    /// <summary>Recipes that both work on in the story; the day's small edits leave them alone.</summary>
    private static readonly List<string> Shared = ["Goulash", "Pancakes", "Apple pie", "Fish soup", "Instant noodles", ConflictStory.Title];

    public async Task<bool> TellAsync()
    {
        Report.Chapter("Monday, at home");
        await using var hers = await Laptop.StartAsync("Alice", place.Database("alice.db"));
        var alice = new Cook(hers, seed: 11);
        await alice.MoveInAsync();
        await alice.CopyRecipesAsync();
        Report.Line($"Alice types in the family's recipes: {await hers.CountAsync("SELECT count(*) FROM Recipes")} of them, {await hers.CountAsync("SELECT count(*) FROM Ingredients")} ingredients. One SaveChanges, one signed record.");

        await using var his = await Laptop.JoinAsync("Bob", place.Database("bob.db"), hers);
        var bob = new Cook(his, seed: 29);
        await bob.MoveInAsync();
        Report.Line($"Bob joins with the thread's id and key, and takes Alice's file: {Report.Size(await hers.SendAsync(his, place.Carried("monday.car")))}.");
        var before = await alice.LookAsync();

        Report.Chapter("Tuesday, both offline");
        await WorkAsync(alice, bob);
        Report.Diaries(alice, bob);
        var (aliceSaw, bobSaw) = (await alice.LookAsync(), await bob.LookAsync());

        Report.Chapter("Wednesday, two files change hands");
        var there = await his.SendAsync(hers, place.Carried("bob-to-alice.car"));
        var back = await hers.SendAsync(his, place.Carried("alice-to-bob.car"));
        Report.Line($"Bob's file {Report.Size(there)}, Alice's {Report.Size(back)}. What merged how, of the recipes that both had touched:");
        Report.Merges(RecipeMerge.Find(before, aliceSaw, bobSaw, await alice.LookAsync()), Shared);

        await new ConflictStory(hers, his, place).TellAsync(bob);
        return await Report.LedgerAsync(hers, his);
    }

    private static async Task WorkAsync(Cook alice, Cook bob)
    {
        await alice.ChangeAsync("Goulash", r => r.Serves += 4);
        await bob.ChangeAsync("Goulash", r => r.Minutes = 150);
        await bob.ChangeAsync("Apple pie", r => r.Notes = "Cinnamon!");
        await alice.ChangeAsync("Pancakes", r => r.Notes = "Let it rest.");
        await alice.ThrowAwayAsync("Instant noodles");
        await alice.ChangeAsync("Fish soup", r => r.Notes = "Saffron!");

        await ConflictStory.WriteAsync(alice, bob);
        for (var hour = 0; hour < EditsEach; hour++)
        {
            await alice.PotterAsync(hour, Shared);
            await bob.PotterAsync(hour, Shared);
        }

        await bob.ChangeAsync("Instant noodles", r => r.Notes = "Add an egg.");
        await bob.ThrowAwayAsync("Fish soup");
        await bob.ChangeAsync("Pancakes", r => r.Notes = "No rest!");
        await alice.ChangeAsync("Apple pie", r => r.Notes = "No cinnamon.");
    }
}
