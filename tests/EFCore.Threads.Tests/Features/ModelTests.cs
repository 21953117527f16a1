using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace EFCore.Threads.Tests.Features;

// Issue 4, "Updates and models": each kind of mapping by its name, written, read back, queried.
public sealed class ModelTests : IDisposable
{
    private readonly TestDatabase database = new();

    public static TheoryData<string> Mappings => ["TPH", "TPT", "TPC"];

    public void Dispose() => database.Dispose();

    [Theory]
    [MemberData(nameof(Mappings))]
    public void A_hierarchy_is_written_read_and_queried(string mapping)
    {
        using var context = database.Created(m =>
        {
            var root = m.Entity<Animal>();
            _ = mapping switch { "TPH" => root.UseTphMappingStrategy(), "TPT" => root.UseTptMappingStrategy(), _ => root.UseTpcMappingStrategy() };
            m.Entity<Cat>();
            m.Entity<Dog>();
        });
        context.AddRange(new Cat { Id = Guid.CreateVersion7(), Name = "Tom", Lives = 9 }, new Dog { Id = Guid.CreateVersion7(), Name = "Rex", Tricks = ["sit"] });
        context.SaveChanges();
        context.ChangeTracker.Clear();

        Assert.Equal(["Rex", "Tom"], context.Set<Animal>().OrderBy(a => a.Name).Select(a => a.Name));
        Assert.Equal(9, context.Set<Animal>().OfType<Cat>().Single().Lives);
        Assert.Equal(["Rex"], context.Set<Animal>().Where(a => a is Dog).Select(a => a.Name));
        var dog = context.Set<Dog>().Single();
        dog.Tricks.Add("roll");
        context.SaveChanges();
        context.ChangeTracker.Clear();
        Assert.Equal(["sit", "roll"], context.Set<Dog>().Single().Tricks);
        if (mapping == "TPC")
        {
            Assert.Equal(2, context.Set<Animal>().Count());
            return;
        }

        Assert.Equal(1, context.Set<Animal>().Where(a => a.Name == "Tom").ExecuteUpdate(s => s.SetProperty(a => a.Name, "Felix")));
        Assert.Equal("Felix", context.Set<Cat>().Single().Name);
    }

    [Fact]
    public void Two_types_share_a_table_and_one_type_is_split_over_two()
    {
        using var context = database.Created(m =>
        {
            m.Entity<Order>(o =>
            {
                o.ToTable("Orders");
                o.HasOne(x => x.Detail).WithOne().HasForeignKey<OrderDetail>(d => d.Id);
                o.Navigation(x => x.Detail).IsRequired();
            });
            m.Entity<OrderDetail>().ToTable("Orders");
            m.Entity<Customer>(c => c.ToTable("Customers").SplitToTable("CustomerAddresses", t =>
            {
                t.Property(x => x.Id).HasColumnName("CustomerId");
                t.Property(x => x.City);
            }));
        });
        context.Add(new Order { Id = 1, State = "new", Detail = new OrderDetail { Id = 1, Note = "fragile" } });
        context.Add(new Customer { Id = 1, Name = "Ada", City = "London" });
        context.SaveChanges();
        context.ChangeTracker.Clear();

        var order = context.Set<Order>().Include(o => o.Detail).Single();
        order.Detail.Note = "heavy";
        context.Set<Customer>().Single().City = "Paris";
        context.SaveChanges();
        Assert.Equal("new heavy", context.Database.SqlQuery<string>($"SELECT State || ' ' || Note AS \"Value\" FROM Orders").Single());
        Assert.Equal("Paris", context.Database.SqlQuery<string>($"SELECT City AS \"Value\" FROM CustomerAddresses").Single());
        Assert.Equal(["Ada"], context.Set<Customer>().Where(c => c.City == "Paris").Select(c => c.Name));
    }

    [Fact]
    public void Owned_and_complex_types_are_columns_of_their_owner()
    {
        using var context = database.Created(m => m.Entity<Ship>(s =>
        {
            s.OwnsOne(x => x.Captain);
            s.OwnsMany(x => x.Crew, c =>
            {
                // SQLite makes no numbers within a composite key.
                c.ToTable("Crew").Property<int>("Number");
                c.HasKey("Number");
            });
            s.ComplexProperty(x => x.Position);
        }));
        context.Add(new Ship { Id = 1, Captain = new Sailor { Name = "Ahab" }, Crew = [new Sailor { Name = "Ishmael" }, new Sailor { Name = "Starbuck" }], Position = new Position(3, 4) });
        context.SaveChanges();
        context.ChangeTracker.Clear();

        var ship = context.Set<Ship>().Single(s => s.Captain!.Name == "Ahab" && s.Position.X == 3);
        Assert.Equal(["Ishmael", "Starbuck"], ship.Crew.Select(c => c.Name).Order());
        ship.Captain = null;
        ship.Position = new Position(5, 6);
        ship.Crew.RemoveAt(0);
        context.SaveChanges();
        context.ChangeTracker.Clear();
        Assert.Equal(1, context.Set<Ship>().Count(s => s.Captain == null && s.Position == new Position(5, 6) && s.Crew.Count == 1));
    }

    [Fact]
    public void Many_to_many_needs_no_class_between()
    {
        using var context = database.Created(m => m.Entity<Post>().HasMany(p => p.Labels).WithMany(l => l.Posts));
        var (red, blue) = (new Label { Name = "red" }, new Label { Name = "blue" });
        context.AddRange(new Post { Text = "a", Labels = { red, blue } }, new Post { Text = "b", Labels = { blue } });
        context.SaveChanges();
        context.ChangeTracker.Clear();

        Assert.Equal(["a", "b"], context.Set<Label>().Where(l => l.Name == "blue").SelectMany(l => l.Posts).OrderBy(p => p.Text).Select(p => p.Text));
        var post = context.Set<Post>().Include(p => p.Labels).Single(p => p.Text == "a");
        post.Labels.Remove(post.Labels.Single(l => l.Name == "red"));
        context.SaveChanges();
        Assert.Equal(2, context.Set<Dictionary<string, object>>("LabelPost").Count());
    }

    [Fact]
    public void Shadow_and_indexer_properties_converters_and_comparers_are_kept()
    {
        using var context = database.Created(m => m.Entity<Bag>(b =>
        {
            b.Property<DateTime?>("Seen");
            b.IndexerProperty<int>("Weight");
            b.Property(x => x.Link).HasConversion<UriConverter>();
            b.Property(x => x.Kind).HasConversion<string>();
            b.Property(x => x.Numbers).HasConversion(
                n => string.Join(' ', n),
                t => t.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToList(),
                new ValueComparer<List<int>>((x, y) => x!.SequenceEqual(y!), x => x.Count, x => x.ToList()));
        }));
        var bag = new Bag { Id = 1, Link = new Uri("https://example.org/a"), Kind = Kind.Large, Numbers = [1, 2] };
        bag["Weight"] = 70;
        context.Add(bag).Property("Seen").CurrentValue = new DateTime(2026, 11, 21);
        context.SaveChanges();
        bag.Numbers.Add(3);
        context.SaveChanges();
        context.ChangeTracker.Clear();

        Assert.Equal(1, context.Set<Bag>().Count(b => EF.Property<DateTime?>(b, "Seen") > new DateTime(2026, 1, 1) && EF.Property<int>(b, "Weight") == 70 && b.Kind == Kind.Large));
        Assert.Equal("1 2 3|https://example.org/a|Large", context.Database.SqlQuery<string>($"SELECT Numbers || '|' || Link || '|' || Kind AS \"Value\" FROM Bag").Single());
        Assert.Equal([1, 2, 3], context.Set<Bag>().Single().Numbers);
    }

    [Fact]
    public void Computed_columns_defaults_checks_and_collations_are_the_databases_own()
    {
        using var context = database.Created(m => m.Entity<Item>(i =>
        {
            i.ToTable(t => t.HasCheckConstraint("CK_Item_Price", "Price >= 0"));
            i.Property(x => x.Total).HasComputedColumnSql("Price * Amount");
            i.Property(x => x.Doubled).HasComputedColumnSql("Amount * 2", stored: true);
            i.Property(x => x.State).HasDefaultValue("open");
            i.Property(x => x.Made).HasDefaultValueSql("CURRENT_TIMESTAMP");
            i.Property(x => x.Code).UseCollation("NOCASE");
        }));
        var item = new Item { Id = 1, Price = 2.5, Amount = 4, Code = "Ab" };
        context.Add(item);
        context.SaveChanges();
        Assert.Equal((10d, 8, "open"), (item.Total, item.Doubled, item.State));
        Assert.True(item.Made.Year >= 2020);
        Assert.Equal(1, context.Set<Item>().Count(i => i.Code == "aB" && i.Total > 9 && i.Doubled == 8));

        context.Add(new Item { Id = 2, Price = -1, Amount = 1, Code = "x" });
        var error = Assert.Throws<DbUpdateException>(() => context.SaveChanges());
        Assert.Equal("SQLite Error 19: 'CHECK constraint failed: CK_Item_Price'.", error.InnerException!.Message);
    }

    [Fact]
    public void Keys_the_database_makes_find_their_dependents()
    {
        using var context = database.Created(m => m.Entity<Node>().HasMany(n => n.Children).WithOne().HasForeignKey(n => n.ParentId));
        var root = new Node { Children = { new Node { Children = { new Node() } }, new Node() } };
        context.Add(root);
        Assert.True(context.Entry(root).Property(n => n.Id).IsTemporary);
        context.SaveChanges();
        Assert.Equal(4, context.Set<Node>().Select(n => n.Id).Distinct().Count());
        Assert.All(root.Children, c => Assert.Equal(root.Id, c.ParentId));
        Assert.Equal(root.Children[0].Id, root.Children[0].Children[0].ParentId);
        context.ChangeTracker.Clear();
        Assert.Equal(3, context.Set<Node>().Count(n => n.ParentId != null));
    }

    [Fact]
    public void Autoincrement_never_gives_a_key_again()
    {
        using var context = database.Created(m => m.Entity<Node>().Property(n => n.Id).UseAutoincrement());
        var first = new Node();
        context.Add(first);
        context.SaveChanges();
        var used = first.Id;
        context.Remove(first);
        context.SaveChanges();
        var second = new Node();
        context.Add(second);
        context.SaveChanges();
        Assert.True(second.Id > used);
        Assert.Contains("AUTOINCREMENT", context.Database.GenerateCreateScript(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_concurrency_token_guards_updates_and_deletes()
    {
        using var context = database.Created(m => m.Entity<Account>());
        context.Add(new Account { Id = 1, Balance = 10 });
        context.SaveChanges();
        using var other = database.Context(m => m.Entity<Account>());
        other.Set<Account>().Single().Balance = 20;
        other.SaveChanges();

        var mine = context.Set<Account>().Single();
        mine.Balance = 30;
        var error = Assert.Throws<DbUpdateConcurrencyException>(() => context.SaveChanges());
        error.Entries.Single().Reload();
        Assert.Equal(20, mine.Balance);
        context.Remove(mine);
        context.SaveChanges();
        Assert.Empty(context.Set<Account>());
    }

    private abstract class Animal
    {
        public Guid Id { get; set; }

        public required string Name { get; set; }
    }

    private sealed class Cat : Animal
    {
        public int Lives { get; set; }
    }

    private sealed class Dog : Animal
    {
        public List<string> Tricks { get; set; } = [];
    }

    private sealed class Order
    {
        public int Id { get; set; }

        public required string State { get; set; }

        public required OrderDetail Detail { get; set; }
    }

    private sealed class OrderDetail
    {
        public int Id { get; set; }

        public required string Note { get; set; }
    }

    private sealed class Customer
    {
        public int Id { get; set; }

        public required string Name { get; set; }

        public required string City { get; set; }
    }

    private sealed class Ship
    {
        public int Id { get; set; }

        public Sailor? Captain { get; set; }

        public List<Sailor> Crew { get; set; } = [];

        public required Position Position { get; set; }
    }

    private sealed class Sailor
    {
        public required string Name { get; set; }
    }

    private sealed record Position(int X, int Y);

    private sealed class Post
    {
        public int Id { get; set; }

        public required string Text { get; set; }

        public List<Label> Labels { get; } = [];
    }

    private sealed class Label
    {
        public int Id { get; set; }

        public required string Name { get; set; }

        public List<Post> Posts { get; } = [];
    }

    private enum Kind
    {
        Small,
        Large,
    }

    private sealed class Bag
    {
        private readonly Dictionary<string, object?> values = [];

        public int Id { get; set; }

        public required Uri Link { get; set; }

        public Kind Kind { get; set; }

        public required List<int> Numbers { get; set; }

        public object? this[string name]
        {
            get => values.GetValueOrDefault(name);
            set => values[name] = value;
        }
    }

    private sealed class UriConverter() : ValueConverter<Uri, string>(u => u.AbsoluteUri, t => new Uri(t));

    private sealed class Item
    {
        public int Id { get; set; }

        public double Price { get; set; }

        public int Amount { get; set; }

        public double Total { get; set; }

        public int Doubled { get; set; }

        [MaybeNull]
        public string State { get; set; } = null!;

        public DateTime Made { get; set; }

        public required string Code { get; set; }
    }

    private sealed class Node
    {
        public int Id { get; set; }

        public int? ParentId { get; set; }

        public List<Node> Children { get; } = [];
    }

    private sealed class Account
    {
        public int Id { get; set; }

        [ConcurrencyCheck]
        public int Balance { get; set; }
    }
}
