using Microsoft.EntityFrameworkCore;

namespace EFCore.Threads.Tests.Features;

// Issue 4, "JSON columns (ToJson)": owned and complex types, collections inside, partial updates, querying and ordering by inner values.
public sealed class JsonColumnTests : IDisposable
{
    private readonly TestDatabase database = new();
    private readonly ModelContext context;

    public JsonColumnTests()
    {
        context = database.Created(Model);
        context.AddRange(
            new Person
            {
                Id = 1, Name = "Ada", Home = new Address { City = "London", Tags = ["old", "big"], Place = new Place { Lat = 51.5m, Lon = -0.1 } },
                Phones = [new Phone { Number = "1", Kind = 2 }, new Phone { Number = "2", Kind = 1 }], Settings = new Settings { Theme = "dark", Size = 12, Since = new DateOnly(2026, 1, 2) },
                Badges = [new Badge { Name = "first", Points = 7 }, new Badge { Name = "second", Points = 30 }],
            },
            new Person
            {
                Id = 2, Name = "Bob", Home = new Address { City = "Aachen", Tags = [], Place = new Place { Lat = 9.5m, Lon = 6 } }, Phones = [],
                Settings = new Settings { Theme = "light", Size = 9 }, Badges = [],
            },
            new Person { Id = 3, Name = "Cy", Phones = [new Phone { Number = "3", Kind = 3 }], Settings = new Settings { Theme = "dark", Size = 100 }, Badges = [new Badge { Name = "third", Points = 1 }] });
        context.SaveChanges();
        context.ChangeTracker.Clear();
    }

    private IQueryable<Person> People => context.Set<Person>().OrderBy(p => p.Id);

    public void Dispose()
    {
        context.Dispose();
        database.Dispose();
    }

    [Fact]
    public void Owned_and_complex_types_come_back_as_they_were_saved()
    {
        var ada = People.First();
        Assert.Equal(("London", 51.5m, -0.1), (ada.Home!.City, ada.Home.Place!.Lat, ada.Home.Place.Lon));
        Assert.Equal(["old", "big"], ada.Home.Tags);
        Assert.Equal(["1", "2"], ada.Phones.Select(p => p.Number));
        Assert.Equal((12, new DateOnly(2026, 1, 2)), (ada.Settings.Size, ada.Settings.Since));
        Assert.Equal([7, 30], ada.Badges.Select(b => b.Points));
        Assert.Null(People.Single(p => p.Id == 3).Home);
    }

    [Fact]
    public void Inner_values_filter_and_sort_as_what_they_mean()
    {
        Assert.Equal([1], People.Where(p => p.Home!.City == "London" && p.Home.Place!.Lat > 10m).Select(p => p.Id));
        Assert.Equal([2, 1], People.Where(p => p.Home != null).OrderBy(p => p.Home!.Place!.Lat).Select(p => p.Id));
        Assert.Equal([2, 1, 3], context.Set<Person>().OrderBy(p => p.Settings.Size).Select(p => p.Id));
        Assert.Equal([1, 3], People.Where(p => p.Settings.Theme == "dark").Select(p => p.Id));
        Assert.Equal([1], People.Where(p => p.Settings.Since > new DateOnly(2025, 1, 1)).Select(p => p.Id));
        Assert.Equal(["dark", "light"], context.Set<Person>().GroupBy(p => p.Settings.Theme).OrderBy(g => g.Key).Select(g => g.Key));
    }

    [Fact]
    public void Collections_inside_are_queried_as_tables()
    {
        Assert.Equal([1], People.Where(p => p.Phones.Count(n => n.Kind < 3) == 2).Select(p => p.Id));
        Assert.Equal([1], People.Where(p => p.Home!.Tags.Contains("big")).Select(p => p.Id));
        Assert.Equal([3], People.Where(p => p.Phones[0].Number == "3").Select(p => p.Id));
        Assert.Equal(["2", "3"], People.Where(p => p.Phones.Any()).Select(p => p.Phones.OrderBy(n => n.Kind).Select(n => n.Number).First()).ToList());
        Assert.Equal([37, 0, 1], People.Select(p => p.Badges.Sum(b => b.Points)));
        Assert.Equal([1], People.Where(p => p.Badges.Any(b => b.Points > 10 && b.Name == "second")).Select(p => p.Id));
        Assert.Equal("big", People.Select(p => p.Home!.Tags[1]).First());
    }

    [Fact]
    public void A_change_of_one_member_writes_that_member()
    {
        var statements = new List<string>();
        using (var logged = database.Context(Model, log: statements.Add))
        {
            var ada = logged.Set<Person>().Single(p => p.Id == 1);
            ada.Home!.City = "Paris";
            ada.Phones[1].Kind = 5;
            logged.SaveChanges();
        }

        var update = Assert.Single(statements, s => s.Contains("Executed DbCommand", StringComparison.Ordinal) && s.Contains("UPDATE \"Person\"", StringComparison.Ordinal));
        Assert.Contains("json_set(", update, StringComparison.Ordinal);
        var stored = context.Database.SqlQuery<string>($"SELECT Home || Phones AS \"Value\" FROM Person WHERE Id = 1").Single();
        Assert.Contains("\"City\":\"Paris\"", stored, StringComparison.Ordinal);
        Assert.Contains("{\"Kind\":5,\"Number\":\"2\"}", stored, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_are_added_removed_and_replaced()
    {
        var ada = People.First();
        ada.Phones.Add(new Phone { Number = "9", Kind = 9 });
        ada.Phones.RemoveAt(0);
        ada.Home!.Place = null;
        ada.Home.Tags.Add("new");
        ada.Settings.Theme = "blue";
        ada.Badges.RemoveAt(1);
        context.SaveChanges();
        context.ChangeTracker.Clear();

        ada = People.First();
        Assert.Equal(["2", "9"], ada.Phones.Select(p => p.Number));
        Assert.Null(ada.Home!.Place);
        Assert.Equal(["old", "big", "new"], ada.Home.Tags);
        Assert.Equal(("blue", 12), (ada.Settings.Theme, ada.Settings.Size));
        Assert.Equal(["first"], ada.Badges.Select(b => b.Name));
    }

    [Fact]
    public void ExecuteUpdate_sets_members_of_complex_documents()
    {
        Assert.Equal(2, context.Set<Person>().Where(p => p.Settings.Theme == "dark").ExecuteUpdate(s => s.SetProperty(p => p.Settings.Size, p => p.Settings.Size + 1).SetProperty(p => p.Settings.Theme, "night")));
        Assert.Equal([13, 9, 101], People.Select(p => p.Settings.Size));
        Assert.Equal(1, context.Set<Person>().Where(p => p.Home!.City == "Aachen").ExecuteDelete());
    }

    [Fact]
    public void A_document_that_is_none_is_named_when_it_is_read()
    {
        context.Database.ExecuteSqlRaw("UPDATE Person SET Home = 'no document' WHERE Id = 1");
        Assert.ThrowsAny<System.Text.Json.JsonException>(() => People.First());
        var error = Assert.Throws<global::Threads.Data.ThreadsException>(() => People.Where(p => p.Home!.City == "London").Select(p => p.Id).ToList());
        Assert.Equal("SQLite Error 1: 'malformed JSON'.", error.Message);
    }

    private static void Model(ModelBuilder model) => model.Entity<Person>(p =>
    {
        p.OwnsOne(x => x.Home, home => home.ToJson().OwnsOne(h => h.Place));
        p.OwnsMany(x => x.Phones, phone => phone.ToJson());
        p.ComplexProperty(x => x.Settings, settings => settings.ToJson());
        p.ComplexCollection(x => x.Badges, badges => badges.ToJson());
    });

    private sealed class Person
    {
        public int Id { get; set; }

        public required string Name { get; set; }

        public Address? Home { get; set; }

        public List<Phone> Phones { get; set; } = [];

        public required Settings Settings { get; set; }

        public List<Badge> Badges { get; set; } = [];
    }

    private sealed class Address
    {
        public required string City { get; set; }

        public List<string> Tags { get; set; } = [];

        public Place? Place { get; set; }
    }

    private sealed class Place
    {
        public decimal Lat { get; set; }

        public double Lon { get; set; }
    }

    private sealed class Phone
    {
        public required string Number { get; set; }

        public int Kind { get; set; }
    }

    private sealed class Settings
    {
        public required string Theme { get; set; }

        public int Size { get; set; }

        public DateOnly? Since { get; set; }
    }

    private sealed class Badge
    {
        public required string Name { get; set; }

        public int Points { get; set; }
    }
}
