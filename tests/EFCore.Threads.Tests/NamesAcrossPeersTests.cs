using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Storage;
using Threads.Data;

namespace EFCore.Threads.Tests;

// Issue 4, "Migrations": decision 13 and FINDINGS 1f, by the operations of migrations (the same in raw SQL: Threads.Data.Tests, Capture/NamesAcrossPeersTests)
public sealed class NamesAcrossPeersTests : IDisposable
{
    private readonly List<TestDatabase> databases = [];

    public void Dispose() => databases.ForEach(d => d.Dispose());

    [Fact]
    public async Task Two_peers_rename_differently_and_go_on_together()
    {
        var alice = await Peer.New(this, "Note", "Text");
        var bob = await alice.Join("Note", "Text");
        alice.Write("1", "a");
        bob.Write("2", "b");
        alice = alice.Migrate("Memo", "Body", m => Rename(m, "Note", "Text", "Memo", "Body"));
        bob = bob.Migrate("Jotting", "Content", m => Rename(m, "Note", "Text", "Jotting", "Content"));
        await Exchange(alice, bob);
        alice.Write("2", "alice");
        bob.Write("1", "bob");
        await Exchange(alice, bob);
        Assert.Equal("1 bob,2 alice", alice.Rows());
        Assert.Equal("1 bob,2 alice", bob.Rows());

        foreach (var (table, column) in new[] { ("Memo", "Body"), ("Jotting", "Content"), ("Note", "Text") })
        {
            var later = await bob.Join(table, column, hearsFirst: true);
            Assert.Equal("1 bob,2 alice", later.Rows());
            Assert.Equal(await bob.Context.Thread.DigestAsync(), await later.Context.Thread.DigestAsync());
        }
    }

    [Fact]
    public async Task A_fresh_installation_that_never_saw_the_old_name_joins_it_when_it_hears_of_it()
    {
        var alice = await Peer.New(this, "Note", "Text");
        alice.Write("1", "a");
        alice = alice.Migrate("Memo", "Body", m => Rename(m, "Note", "Text", "Memo", "Body"));
        var bob = await alice.Join("Memo", "Body");
        bob.Write("2", "b");
        await Exchange(alice, bob);
        Assert.Equal("1 a,2 b", alice.Rows());
        Assert.Equal("1 a,2 b", bob.Rows());
        Assert.Equal(await alice.Context.Thread.DigestAsync(), await bob.Context.Thread.DigestAsync());
    }

    [Fact]
    public async Task Two_tables_swap_their_names()
    {
        var alice = await Peer.New(this, "Note", "Text", "Memo");
        var bob = await alice.Join("Note", "Text", other: "Memo");
        alice.Write("1", "note");
        alice.Run("INSERT INTO Memo VALUES('2', 'memo')");
        alice = alice.Migrate("Memo", "Text", Swap, other: "Note");
        alice.Write("3", "note");
        await Exchange(alice, bob);
        Assert.Equal("1 note,3 note", bob.Rows());
        bob = bob.Migrate("Memo", "Text", Swap, other: "Note");
        Assert.Equal("1 note,3 note", bob.Rows());
        Assert.Equal(await alice.Context.Thread.DigestAsync(), await bob.Context.Thread.DigestAsync());

        static void Swap(MigrationBuilder m)
        {
            m.RenameTable("Note", newName: "Swapped");
            m.RenameTable("Memo", newName: "Note");
            m.RenameTable("Swapped", newName: "Memo");
        }
    }

    [Fact]
    public async Task A_table_dropped_here_and_written_there_loses_nothing_there()
    {
        var alice = await Peer.New(this, "Note", "Text", "Memo");
        var bob = await alice.Join("Note", "Text", other: "Memo");
        alice.Write("1", "a");
        await Exchange(alice, bob);
        alice = alice.Migrate("Memo", "Text", m => m.DropTable("Note"));
        bob.Write("1", "b");
        bob.Write("2", "c");
        await Exchange(alice, bob);
        Assert.Equal("1 b,2 c", bob.Rows());
        Assert.Equal("", alice.Rows());
        Assert.Equal(2, alice.Context.Thread.Logs.Count(l => l.Counter > 1));
    }

    private static void Rename(MigrationBuilder migration, string table, string column, string newTable, string newColumn)
    {
        migration.RenameTable(table, newName: newTable);
        migration.RenameColumn(column, newTable, newColumn);
    }

    private static async Task Exchange(Peer a, Peer b)
    {
        await a.SendTo(b);
        await b.SendTo(a);
    }

    /// <summary>A peer whose model has the item in one table, and perhaps an empty one beside it.</summary>
    private sealed class Peer(NamesAcrossPeersTests owner, string connectionString, string table, string column, string? other)
    {
        public ModelContext Context => field ??= new(o => o.UseThreads(connectionString), m =>
        {
            m.Entity<Item>(e => e.ToTable(table).Property(i => i.Text).HasColumnName(column));
            if (other is not null)
            {
                m.Entity<Beside>().ToTable(other);
            }
        });

        public static async Task<Peer> New(NamesAcrossPeersTests owner, string table, string column, string? other = null)
        {
            var peer = new Peer(owner, owner.Database().ConnectionString, table, column, other);
            await peer.Context.Database.EnsureCreatedAsync();
            return peer;
        }

        public async Task<Peer> Join(string newTable, string newColumn, bool hearsFirst = false, string? other = null)
        {
            using var key = Context.Thread.Key;
            var joined = new ThreadsConnectionStringBuilder(owner.Database().ConnectionString) { Thread = Context.Thread.Id.ToString(), ThreadKey = key.Export() };
            var peer = new Peer(owner, joined.ToString(), newTable, newColumn, other);
            if (hearsFirst)
            {
                await SendTo(peer);
            }

            await peer.Context.Database.EnsureCreatedAsync();
            return peer;
        }

        public Peer Migrate(string newTable, string newColumn, Action<MigrationBuilder> migration, string? other = null)
        {
            var next = new Peer(owner, connectionString, newTable, newColumn, other);
            var builder = new MigrationBuilder("EFCore.Threads");
            migration(builder);
            var commands = next.Context.GetService<IMigrationsSqlGenerator>().Generate(builder.Operations, next.Context.GetService<IDesignTimeModel>().Model);
            next.Context.GetService<IMigrationCommandExecutor>().ExecuteNonQuery(commands, next.Context.GetService<IRelationalConnection>());
            return next;
        }

        public void Write(string id, string text)
        {
            Context.ChangeTracker.Clear();
            if (Context.Set<Item>().Find(id) is { } item)
            {
                item.Text = text;
            }
            else
            {
                Context.Add(new Item { Id = id, Text = text });
            }

            Context.SaveChanges();
        }

        public void Run(string sql) => Context.Database.ExecuteSqlRaw(sql);

        public string Rows() => string.Join(',', Context.Set<Item>().AsNoTracking().OrderBy(i => i.Id).AsEnumerable().Select(i => $"{i.Id} {i.Text}"));

        public async Task SendTo(Peer to)
        {
            using var file = new MemoryStream();
            await Context.Thread.ExportAsync(file, to.Context.Thread.Heads);
            file.Position = 0;
            await to.Context.Thread.ImportAsync(file);
        }
    }

    private TestDatabase Database()
    {
        databases.Add(new TestDatabase());
        return databases[^1];
    }

    private sealed class Item
    {
        public string Id { get; set; } = "";

        public string? Text { get; set; }
    }

    private sealed class Beside
    {
        public string Id { get; set; } = "";

        public string? Text { get; set; }
    }
}
