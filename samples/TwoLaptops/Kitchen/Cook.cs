using System.Globalization;
using Microsoft.EntityFrameworkCore;

namespace TwoLaptops.Kitchen;

/// <summary>One of the two, at work in their copy of the kitchen: every call is one SaveChanges, hence one signed record.</summary>
internal sealed class Cook(Laptop laptop, int seed)
{
    private readonly Random chance = new(seed);

    public string Name => laptop.Owner;

    public int Commits { get; private set; }

    public int Created { get; private set; }

    public int Changed { get; private set; }

    public int Deleted { get; private set; }

    /// <summary>Creates the tables; schema is each peer's own, data comes with the thread.</summary>
    public async Task MoveInAsync()
    {
        await using var db = Open();
        await db.Database.EnsureCreatedAsync();
    }

    public Task CopyRecipesAsync() => SaveAsync(db =>
    {
        db.AddRange(RecipeBox.Make(chance));
        return Task.CompletedTask;
    });

    public Task ChangeAsync(string title, Action<Recipe> change)
        => SaveAsync(async db => change(await db.Recipes.SingleAsync(r => r.Title == title)));

    public Task AddAsync(string title, int minutes) => SaveAsync(db =>
    {
        db.Add(new Recipe { Title = title, Serves = 4, Minutes = minutes });
        return Task.CompletedTask;
    });

    public Task ThrowAwayAsync(string title)
        => SaveAsync(async db => db.Remove(await db.Recipes.Include(r => r.Ingredients).SingleAsync(r => r.Title == title)));

    /// <summary>One of the many small edits of a day; <paramref name="kept"/> recipes are left to the story.</summary>
    public Task PotterAsync(int hour, IReadOnlyList<string> kept) => (hour % 4) switch
    {
        0 => SaveAsync(db =>
        {
            db.Add(new ShoppingItem { What = $"{chance.Next(1, 9)} × {RecipeBox.Shelf(chance)}", WrittenBy = Name });
            return Task.CompletedTask;
        }),
        1 when hour > 8 => SaveAsync(async db => (await db.Shopping.OrderBy(i => i.Bought).ThenBy(i => i.Id).FirstAsync()).Bought = true),
        2 => SaveAsync(async db => (await PickAsync(db.Ingredients)).Amount += 0.5m),
        _ => SaveAsync(async db =>
        {
            var recipe = await PickAsync(db.Recipes.Where(r => !kept.Contains(r.Title)));
            switch (chance.Next(4))
            {
                case 0: recipe.Serves = chance.Next(1, 12); break;
                case 1: recipe.Minutes = chance.Next(1, 40) * 5; break;
                case 2: recipe.Stars = 1 + recipe.Stars % 5; break;
                default: recipe.Notes = string.Create(CultureInfo.InvariantCulture, $"{Name}, day {chance.Next(1, 30)}"); break;
            }
        }),
    };

    public async Task<IReadOnlyDictionary<Guid, Recipe>> LookAsync()
    {
        await using var db = Open();
        return await db.Recipes.AsNoTracking().ToDictionaryAsync(r => r.Id);
    }

    private async Task<T> PickAsync<T>(IQueryable<T> from) where T : class
        => await from.OrderBy(e => EF.Property<Guid>(e, "Id")).Skip(chance.Next(await from.CountAsync())).FirstAsync();

    private async Task SaveAsync(Func<KitchenContext, Task> work)
    {
        await using var db = Open();
        await work(db);
        foreach (var entry in db.ChangeTracker.Entries())
        {
            Created += entry.State == EntityState.Added ? 1 : 0;
            Changed += entry.State == EntityState.Modified ? 1 : 0;
            Deleted += entry.State == EntityState.Deleted ? 1 : 0;
        }

        Commits += await db.SaveChangesAsync() > 0 ? 1 : 0;
    }

    private KitchenContext Open() => new(laptop.ConnectionString);
}
