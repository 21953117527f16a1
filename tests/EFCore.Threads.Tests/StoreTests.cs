using Microsoft.EntityFrameworkCore;

namespace EFCore.Threads.Tests;

// T-STO-17, T-STO-18
public sealed class StoreTests : IDisposable
{
    private readonly TestDatabase database = new();

    public void Dispose() => database.Dispose();

    [Fact]
    public async Task A_key_value_store_needs_no_model_and_keeps_typed_values()
    {
        await using var context = database.Created(_ => { });
        var settings = context.KeyValues("my \"settings\"");
        Assert.Null(settings.Get<string>("theme"));
        Assert.False(settings.Delete("theme"));
        Assert.Empty(settings.All);

        settings.Put("theme", "dark");
        settings.Put("theme", "light");
        await settings.PutAsync("size", new[] { 3, 4 });
        Assert.Equal("light", settings.Get<string>("theme"));
        Assert.Equal(7, (await settings.GetAsync<int[]>("size"))!.Sum());
        Assert.Equal(["size", "theme"], settings.All.Where(r => r.Key.Length < 9).OrderBy(r => r.Key).Select(r => r.Key));
        Assert.True(await settings.DeleteAsync("size"));
        Assert.Equal(1, settings.All.Count());
    }

    [Fact]
    public async Task Values_are_queried_by_their_type_enumerated_and_refused_when_they_are_another()
    {
        await using var context = database.Created(m => m.KeyValueStore("settings"));
        var settings = context.KeyValues("SETTINGS");
        Assert.Empty(context.KeyValues("other").Of<int>());
        settings.Put("size", 3);
        settings.Put("scale", 1.5);
        settings.Put("theme", "dark");
        await settings.PutAsync("on", true);
        settings.Put<string?>("none", null);
        settings.Put("day", new DateOnly(2026, 1, 2));
        Assert.Equal(["size"], settings.Of<int>().Where(r => r.Value > 2).Select(r => r.Key));
        Assert.Equal(4.5, settings.Of<double>().Sum(r => r.Value));
        Assert.Equal("dark", settings.Of<string>().Single(r => r.Value.StartsWith("da")).Value);
        Assert.Equal("on", settings.Of<bool>().Single(r => r.Value).Key);
        Assert.Equal(new DateOnly(2026, 1, 2), settings.Get<DateOnly>("day"));
        Assert.True(settings.Contains("none"));
        Assert.False(await settings.ContainsAsync("nothing"));
        Assert.Null(settings.Get<string>("none"));
        var keys = new List<string>();
        await foreach (var row in settings.All.OrderBy(r => r.Key).AsAsyncEnumerable())
        {
            keys.Add(row.Key);
        }

        Assert.Equal(["day", "none", "on", "scale", "size", "theme"], keys);
        Assert.Throws<System.Text.Json.JsonException>(() => settings.Get<int>("theme"));
        Assert.Throws<NotSupportedException>(() => settings.Of<DateOnly>());
        Assert.Throws<ArgumentNullException>(() => settings.Get<int>(null!));
        Assert.Throws<ArgumentNullException>(() => settings.Put(null!, 1));
        Assert.Throws<ArgumentException>(() => context.KeyValues(""));
    }

    [Fact]
    public void A_store_s_values_and_a_table_s_rows_are_one_record_of_one_transaction()
    {
        using var context = database.Created(m => { m.KeyValueStore("settings"); m.DocumentStore<Person>("people"); });
        context.KeyValues("settings").Put("opened", true);
        var records = context.Thread.Records.Count();
        using (var transaction = context.Database.BeginTransaction())
        {
            context.KeyValues("settings").Put("theme", "dark");
            context.Documents<Person>("people").Add(new() { Key = "ann", Body = new() { Name = "Ann", Age = 61 } });
            context.SaveChanges();
            transaction.Commit();
        }

        Assert.Equal(records + 1, context.Thread.Records.Count());
        Assert.Equal(2, context.Set<KeyValue>("settings").Count());
    }

    [Fact]
    public void Documents_are_queried_by_their_members_and_saved_in_parts()
    {
        using var context = database.Created(m => m.DocumentStore<Person>("people"));
        var people = context.Documents<Person>("people");
        people.AddRange(
            new() { Key = "ann", Body = new() { Name = "Ann", Age = 61, Tags = ["a"] } },
            new() { Key = "bob", Body = new() { Name = "Bob", Age = 67, Tags = ["b", "c"] } },
            new() { Key = "eve", Body = new() { Name = "Eve", Age = 30 } });
        context.SaveChanges();
        context.ChangeTracker.Clear();

        Assert.Equal(["ann", "bob"], people.Where(d => (d.Body.Age >= 60 && d.Body.Age < 66) || d.Body.Age == 67).OrderBy(d => d.Body.Name).Select(d => d.Key));
        Assert.Equal("bob", people.Single(d => d.Body.Tags.Contains("c")).Key);
        people.Single(d => d.Key == "eve").Body.Age++;
        context.SaveChanges();
        people.Where(d => d.Key == "ann").ExecuteUpdate(s => s.SetProperty(d => d.Body.Name, "Anna"));
        context.ChangeTracker.Clear();
        Assert.Equal((31, "Anna"), (people.Single(d => d.Key == "eve").Body.Age, people.Single(d => d.Key == "ann").Body.Name));
        people.Remove(people.Single(d => d.Key == "eve"));
        context.SaveChanges();
        Assert.Null(people.Find("eve"));
    }

    private sealed class Person
    {
        public required string Name { get; set; }

        public int Age { get; set; }

        public List<string> Tags { get; set; } = [];
    }
}
