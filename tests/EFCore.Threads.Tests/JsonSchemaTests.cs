using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Threads.Data;
using Threads.Data.JsonSchemas;

namespace EFCore.Threads.Tests;

// T-STO-9
public sealed class JsonSchemaTests : IDisposable
{
    private const string Adults =
        """
        {"$schema":"http://json-schema.org/draft-07/schema#","type":"object","required":["name","Born"],
         "properties":{"name":{"type":"string","minLength":2},"age":{"type":"integer","minimum":18},"born":{"type":"string","format":"date-time"},
          "worth":{"type":["number","null"],"maximum":1000},"tags":{"uniqueItems":true},"home":{"required":["City"],"properties":{"City":{"pattern":"^[A-Z]"}}}}}
        """;

    private readonly TestDatabase database = new();

    public void Dispose() => database.Dispose();

    public static TheoryData<Action<Person>, string> Broken => new()
    {
        { p => p.Name = "x", "'/name' breaks 'minLength'" },
        { p => p.Age = 17, "'/age' breaks 'minimum'" },
        { p => p.Worth = 1000.01m, "'/worth' breaks 'maximum'" },
        { p => p.Tags = ["a", "b", "a"], "'/tags' breaks 'uniqueItems'" },
        { p => p.Home.City = "berlin", "'/home/City' breaks 'pattern'" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task A_row_that_breaks_its_schema_is_refused_and_nothing_is_committed(Action<Person> spoil, string text)
    {
        await using var context = database.Created(Model);
        var records = context.Thread.Records.Count();
        var person = new Person();
        spoil(person);
        context.Add(person);
        var error = await Assert.ThrowsAsync<DbUpdateException>(() => context.SaveChangesAsync());
        Assert.Contains($"'{nameof(Person)}'", error.Message);
        Assert.Contains($"Row '{person.Id.ToString().ToUpperInvariant()}': {text}", error.Message);
        Assert.Equal(ThreadsErrorCode.JsonSchema, Assert.IsType<ThreadsException>(error.InnerException).ThreadsErrorCode);
        Assert.Same(person, Assert.Single(error.Entries).Entity);

        context.Add(new Person());
        Assert.Contains(text, Assert.Throws<DbUpdateException>(() => context.SaveChanges()).Message);
        context.ChangeTracker.Clear();
        Assert.Equal((0, records), (context.Set<Person>().Count(), context.Thread.Records.Count()));
        context.AddRange(new Person(), new Person { Worth = null });
        await context.SaveChangesAsync();
    }

    [Fact]
    public void Set_based_updates_raw_SQL_and_other_connections_are_held_to_it_too()
    {
        using var context = database.Created(Model);
        context.Add(new Person());
        context.SaveChanges();
        Assert.Contains("'/age'", Assert.Throws<ThreadsException>(() => context.Set<Person>().ExecuteUpdate(s => s.SetProperty(p => p.Age, 3))).Message);
        Assert.Contains("'/name'", Assert.Throws<ThreadsException>(() => context.Database.ExecuteSql($"UPDATE Person SET Name = ''")).Message);
        using (var transaction = context.Database.BeginTransaction())
        {
            context.Set<Person>().ExecuteUpdate(s => s.SetProperty(p => p.Age, 3));
            Assert.Throws<ThreadsException>(transaction.Commit);
        }

        using var connection = new ThreadsConnection(database.ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "UPDATE Person SET Age = 3";
        Assert.Contains("'/age' breaks 'minimum'", Assert.Throws<ThreadsException>(() => command.ExecuteNonQuery()).Message);
        Assert.Equal(40, context.Set<Person>().AsNoTracking().Single().Age);
    }

    [Fact]
    public void A_model_without_the_schema_takes_it_away()
    {
        using (var context = database.Created(Model))
        {
            context.Add(new Person());
            context.SaveChanges();
        }

        using var later = database.Context(m => m.Entity<Person>(p => p.ComplexProperty(x => x.Home)));
        later.Set<Person>().ExecuteUpdate(s => s.SetProperty(p => p.Age, 3));
        using var connection = new ThreadsConnection(database.ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "UPDATE Person SET Age = 4";
        Assert.Equal(1, command.ExecuteNonQuery());
    }

    [Fact]
    public void In_a_hierarchy_each_schema_is_asked_of_its_own_type()
    {
        using var context = database.Created(m =>
        {
            m.Entity<Animal>().HasJsonSchema("""{"properties":{"Name":{"minLength":2}}}""");
            m.Entity<Dog>().HasJsonSchema("""{"required":["Breed"]}""");
            m.Entity<Cat>();
        });
        context.AddRange(new Cat { Name = "Tom" }, new Dog { Name = "Rex", Breed = "Boxer" });
        context.SaveChanges();
        context.Add(new Cat { Name = "T" });
        Assert.Contains("'Animal'", Assert.Throws<DbUpdateException>(() => context.SaveChanges()).Message);
        context.ChangeTracker.Clear();
        context.Add(new Dog { Name = "Rex" });
        var message = Assert.Throws<DbUpdateException>(() => context.SaveChanges()).Message;
        Assert.Contains("'Dog'", message);
        Assert.Contains("'/Breed' breaks 'required'", message);
    }

    [Fact]
    public void The_schema_of_a_document_store_is_the_document_s()
    {
        using var context = database.Created(m => m.DocumentStore<Order>("orders").HasJsonSchema(
            """{"additionalProperties":false,"properties":{"placed":{"format":"date-time"},"total":{"type":"number"},"lines":{"minItems":1,"items":{"properties":{"price":{"type":"number","exclusiveMinimum":0}}}}}}"""));
        context.Documents<Order>("orders").Add(new() { Key = "1", Body = new() { Total = 2.5m, Lines = [new() { Price = 2.5m }] } });
        context.SaveChanges();
        context.Documents<Order>("orders").Add(new() { Key = "2", Body = new() { Lines = [new() { Price = 1 }, new()] } });
        Assert.Contains("Row '2': '/lines/1/price' breaks 'exclusiveMinimum'", Assert.Throws<DbUpdateException>(() => context.SaveChanges()).Message);
    }

    [Fact]
    public void The_model_makes_a_schema_that_its_own_rows_keep()
    {
        using var context = database.Created(m =>
        {
            m.Entity<Person>(p =>
            {
                p.ComplexProperty(x => x.Home);
                p.Property(x => x.Name).HasMaxLength(5);
                p.Property<string>("Shadow");
                p.HasJsonSchema();
            });
            m.DocumentStore<Order>("orders").HasJsonSchema();
            m.Entity<Everything>().HasJsonSchema();
        });
        var schema = JsonDocument.Parse(context.Model.FindEntityType(typeof(Person))!.GetJsonSchema()).RootElement;
        Assert.Equal("""["Id","Age","Born","Name","Tags","Home"]""", schema.GetProperty("required").GetRawText().Replace(" ", "").ReplaceLineEndings(""));
        Assert.Equal(5, schema.GetProperty("properties").GetProperty("Name").GetProperty("maxLength").GetInt32());
        Assert.False(schema.GetProperty("properties").TryGetProperty("Shadow", out _));

        context.AddRange(new Person { Name = "Anne" }, new Everything(), Everything.Full);
        context.Documents<Order>("orders").Add(new() { Key = "1", Body = new() { Total = 1, Lines = [new()] } });
        context.SaveChanges();
        context.ChangeTracker.Clear();
        foreach (var (wrong, path) in new (object, string)[]
        {
            (new Person { Name = "Annemarie" }, "/Name' breaks 'maxLength"),
            (new Everything { Percent = 101 }, "/Percent' breaks 'maximum"),
            (new Everything { Colour = (Colour)9 }, "/Colour' breaks 'enum"),
            (new Everything { Mail = "nobody" }, "/Mail' breaks 'format"),
            (new Everything { Code = "abc" }, "/Code' breaks 'pattern"),
        })
        {
            context.Add(wrong);
            Assert.Contains(path, Assert.Throws<DbUpdateException>(() => context.SaveChanges()).Message);
            context.ChangeTracker.Clear();
        }

        Assert.Contains("'/Age' breaks 'type'", Assert.Throws<ThreadsException>(() => context.Database.ExecuteSql($"UPDATE Person SET Age = 'old'")).Message);
        JsonSchema.Parse(context.Model.FindEntityType("orders")!.GetJsonSchema());
    }

    [Fact]
    public void What_can_t_be_enforced_is_refused_when_the_model_is_built()
    {
        Assert.Equal(ThreadsErrorCode.JsonSchemaText, Fails<ThreadsException>(m => m.Entity<Person>().HasJsonSchema("""{"type":"person"}""")).ThreadsErrorCode);
        Assert.Contains("several tables", Fails<InvalidOperationException>(m =>
        {
            m.Entity<Animal>().UseTptMappingStrategy().HasJsonSchema("{}");
            m.Entity<Dog>();
        }).Message);
        Assert.Contains("no table", Fails<InvalidOperationException>(m => m.Entity<Cat>().ToView("cats").HasJsonSchema("{}")).Message);

        T Fails<T>(Action<ModelBuilder> model)
            where T : Exception
        {
            using var context = database.Context(model);
            return Assert.Throws<T>(() => context.Model);
        }
    }

    private static void Model(ModelBuilder model)
        => model.Entity<Person>(p =>
        {
            p.ComplexProperty(x => x.Home);
            p.HasJsonSchema(Adults);
        });

    public sealed class Person
    {
        public Guid Id { get; set; }

        public string Name { get; set; } = "Ann";

        public int Age { get; set; } = 40;

        public DateTime Born { get; set; } = new(1986, 5, 4, 3, 2, 1);

        public decimal? Worth { get; set; } = 12.5m;

        public List<string> Tags { get; set; } = ["a"];

        public Address Home { get; set; } = new();
    }

    public sealed class Address
    {
        public string City { get; set; } = "Berlin";

        public string? Street { get; set; }
    }

    private abstract class Animal
    {
        public int Id { get; set; }

        public required string Name { get; set; }
    }

    private sealed class Dog : Animal
    {
        public string? Breed { get; set; }
    }

    private sealed class Cat : Animal;

    private sealed class Order
    {
        public DateTime Placed { get; set; } = new(2026, 1, 2);

        public decimal Total { get; set; }

        public List<Line> Lines { get; set; } = [];
    }

    private sealed class Line
    {
        public decimal Price { get; set; }
    }

    private enum Colour
    {
        Red,
        Green,
    }

    [Flags]
    private enum Days
    {
        None = 0,
        Monday = 1,
        Tuesday = 2,
    }

    private sealed class Everything
    {
        public static Everything Full => new()
        {
            Mail = "ann@example.org", Code = "A1", Maybe = 3, Moment = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(2)), Big = ulong.MaxValue, Days = Days.Monday | Days.Tuesday,
            MaybeColour = Colour.Green, Bytes = [1, 2], Numbers = [1, 2], Letter = 'ä', Link = new("http://example.org/"),
        };

        public int Id { get; set; }

        [Range(0, 100)]
        public int Percent { get; set; }

        [EmailAddress]
        public string? Mail { get; set; }

        [RegularExpression("[A-Z][0-9]")]
        public string? Code { get; set; }

        public Colour Colour { get; set; }

        public Colour? MaybeColour { get; set; }

        public Days Days { get; set; }

        public double? Maybe { get; set; }

        public DateTimeOffset Moment { get; set; }

        public DateOnly Day { get; set; }

        public TimeOnly Hour { get; set; }

        public TimeSpan Span { get; set; }

        public ulong Big { get; set; }

        public bool Is { get; set; }

        public char Letter { get; set; } = 'x';

        public byte[] Bytes { get; set; } = [];

        public List<int> Numbers { get; set; } = [];

        public Uri? Link { get; set; }
    }
}
