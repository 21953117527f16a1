using System.Data.Common;
using TwoLaptops.Kitchen;

namespace TwoLaptops;

/// <summary>
/// What happens to a unique index when two people are offline: each adds a recipe of the same title. Both peers show the older one and list the other with its reason; one rename settles
/// it, on both.
/// </summary>
internal sealed class ConflictStory(Laptop hers, Laptop his, Workplace place)
{
    public const string Title = "Plum cake";

    /// <summary>While both are offline.</summary>
    public static async Task WriteAsync(Cook alice, Cook bob)
    {
        await alice.AddAsync(Title, minutes: 70);
        await bob.AddAsync(Title, minutes: 45);
    }

    /// <summary>After the exchange: the conflict as SQL shows it, and its end.</summary>
    public async Task TellAsync(Cook bob)
    {
        Report.Chapter("Thursday, two recipes of one title");
        foreach (var laptop in new[] { hers, his })
            Report.Line($"{laptop.Owner} reads in threads_conflicts: {await ReadAsync(laptop)}");
        await bob.ChangeAsync(Title, r => r.Title = Title + " of Alice");
        await his.SendAsync(hers, place.Carried("thursday.car"));
        Report.Line($"Bob renames the one that is shown, and the other is back by itself: {await hers.TextAsync("SELECT group_concat(Title, ', ') FROM (SELECT Title FROM Recipes WHERE Title LIKE 'Plum cake%' ORDER BY Title)")}.");
        Report.Line($"Conflicts left: {await hers.CountAsync("SELECT count(*) FROM threads_conflicts")}.");
    }

    private static async Task<string> ReadAsync(Laptop laptop)
    {
        await using DbCommand command = laptop.Connection.CreateCommand();
        command.CommandText = "SELECT constraint_name, json_array_length(rivals), since FROM threads_conflicts";
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync() ? $"{reader.GetString(0)}, {reader.GetInt64(1)} rival, since {reader.GetInt64(2)}" : "nothing";
    }
}
