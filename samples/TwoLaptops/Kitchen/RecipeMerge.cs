using System.Globalization;

namespace TwoLaptops.Kitchen;

/// <summary>One field of one recipe that somebody changed while both were offline, and what became of it.</summary>
internal sealed record RecipeMerge(string Title, string Field, string Before, string Alice, string Bob, string Now, string Why)
{
    private static readonly (string Name, Func<Recipe, object?> Of)[] Fields =
    [
        ("title", r => r.Title), ("serves", r => r.Serves), ("minutes", r => r.Minutes), ("stars", r => r.Stars), ("notes", r => r.Notes),
    ];

    public bool IsContested { get; private init; }

    /// <summary>Fields of the recipes that both sides touched.</summary>
    public static IReadOnlyList<RecipeMerge> Find(
        IReadOnlyDictionary<Guid, Recipe> before, IReadOnlyDictionary<Guid, Recipe> alice, IReadOnlyDictionary<Guid, Recipe> bob, IReadOnlyDictionary<Guid, Recipe> now)
        => [.. before.Values.OrderBy(r => r.Title, StringComparer.Ordinal)
            .SelectMany(was => Compare(was, alice.GetValueOrDefault(was.Id), bob.GetValueOrDefault(was.Id), now.GetValueOrDefault(was.Id)))];

    private static IEnumerable<RecipeMerge> Compare(Recipe was, Recipe? alice, Recipe? bob, Recipe? now)
    {
        if (alice is null || bob is null)
        {
            var deleter = alice is null ? "Alice" : "Bob";
            if ((alice ?? bob) is { } edited && Fields.Any(f => !Equals(f.Of(was), f.Of(edited))))
                yield return new(was.Title, "", "there", alice is null ? "deleted" : "changed", bob is null ? "deleted" : "changed", now is null ? "gone" : "there",
                    $"{deleter} deleted it")
                { IsContested = true };
            yield break;
        }

        var changes = Fields.Where(f => !Equals(f.Of(was), f.Of(alice)) || !Equals(f.Of(was), f.Of(bob))).ToArray();
        if (!changes.Any(f => !Equals(f.Of(was), f.Of(alice))) || !changes.Any(f => !Equals(f.Of(was), f.Of(bob))))
            yield break;

        foreach (var (name, of) in changes)
        {
            var (byAlice, byBob) = (!Equals(of(was), of(alice)), !Equals(of(was), of(bob)));
            var winner = Equals(of(now!), of(alice)) ? "Alice" : "Bob";
            var why = (byAlice, byBob) switch
            {
                (true, true) when Equals(of(alice), of(bob)) => "same twice",
                (true, true) => $"{winner} was later",
                (true, false) => "only Alice did",
                _ => "only Bob did",
            };
            yield return new(was.Title, name, Text(of(was)), byAlice ? Text(of(alice)) : "", byBob ? Text(of(bob)) : "", Text(of(now!)), why) { IsContested = byAlice && byBob };
        }
    }

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
