using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Threads.Data;

namespace EFCore.Threads.Tests;

// Decision 13, FINDINGS 1f: schema lives per peer, data lives in the log.
public sealed class MigrationsAcrossPeersTests : IDisposable
{
    private readonly EvolvingPeer alice = new();
    private readonly EvolvingPeer bob;

    public MigrationsAcrossPeersTests()
    {
        alice.Migrate(1);
        bob = new EvolvingPeer(alice);
    }

    public void Dispose()
    {
        alice.Dispose();
        bob.Dispose();
    }

    [Fact]
    public void Renames_and_rebuilds_by_migrations_write_no_row_and_lose_none()
    {
        alice.Migrate(2);
        alice.Write("a", "kept");
        var events = Events();
        alice.Migrate(3);
        Assert.Equal(events + 2, Events());
        Assert.Equal("a kept,welcome Welcome", alice.Notes());
        alice.Migrate(4);
        events = Events();
        alice.Migrate(5);
        Assert.Equal(events, Events());
        Assert.Equal("a kept,welcome Welcome to memos", alice.Notes());
        alice.Verify();

        long Events()
        {
            using var context = alice.Open();
            return context.Thread.Records.Sum(r => r.Events ?? 0);
        }
    }

    [Fact]
    public void A_peer_that_has_not_migrated_understands_events_from_after_a_rename()
    {
        bob.Migrate(1);
        alice.Migrate(3);
        alice.Write("a", "after the rename");
        bob.Write("b", "before the rename");
        alice.Exchange(bob);
        Assert.Equal("a after the rename,b before the rename,welcome Welcome", bob.Notes());
        Assert.Equal(bob.Notes(), alice.Notes());
        bob.Write("a", "by the old name");
        bob.SendTo(alice);
        Assert.Equal("a by the old name,b before the rename,welcome Welcome", alice.Notes());
    }

    [Fact]
    public void What_came_for_tables_and_columns_that_are_not_here_is_folded_after_the_migration_with_progress_and_its_lock_free()
    {
        bob.Migrate(1);
        alice.Migrate(2);
        for (var i = 0; i < 300; i++)
        {
            alice.Run($"""INSERT INTO "Note"("Id", "Text", "Stars") VALUES({"n" + i}, 'x', {i})""");
        }

        alice.Run($"""INSERT INTO "Tag" VALUES('t', 'tag')""");
        alice.SendTo(bob);

        var progress = new List<ThreadsProgress>();
        var locks = new List<int>();
        using (var context = bob.Open(o => o.MigrationProgress(new Reports(p =>
        {
            progress.Add(p);
            using var other = bob.Open();
            locks.Add(other.Database.SqlQueryRaw<int>("SELECT count(*) AS \"Value\" FROM \"__EFMigrationsLock\"").Single());
        }))))
        {
            context.Database.Migrate(EvolvingContext.Versions[1]);
        }

        Assert.True(progress.Count >= 2);
        Assert.Equal(progress[^1].Total, progress[^1].Done);
        Assert.All(locks, l => Assert.Equal(0, l));
        Assert.Equal("t tag", bob.Tags());
        Assert.Equal("44850", bob.Rows("""SELECT CAST(sum("Stars") AS TEXT) AS "Value" FROM "Note" """));
        Assert.Equal(alice.Digest(), bob.Digest());
        bob.Verify();
    }

    [Fact]
    public void Tables_left_to_be_filled_are_filled_by_the_next_write()
    {
        bob.Migrate(1);
        alice.Migrate(2);
        alice.Run($"""INSERT INTO "Tag" VALUES('t', 'tag')""");
        alice.SendTo(bob);
        using (var context = bob.Open(o => o.MigrationProgress(new Reports(_ => throw new InvalidOperationException("The power fails.")))))
        {
            Assert.Throws<InvalidOperationException>(() => context.Database.Migrate(EvolvingContext.Versions[1]));
        }

        Assert.Equal("", bob.Tags());
        bob.Run($"""INSERT INTO "Note" VALUES('b', 'b', 1)""");
        Assert.Equal("t tag", bob.Tags());
        alice.Exchange(bob);
        Assert.Equal(alice.Digest(), bob.Digest());
        bob.Verify();
    }

    [Fact]
    public void Unknown_columns_survive_a_save_by_an_older_app()
    {
        // T-STO-21
        bob.Migrate(1);
        alice.Migrate(2);
        alice.Run($"""INSERT INTO "Note"("Id", "Text", "Stars") VALUES('a', 'five stars', 5)""");
        alice.SendTo(bob);
        bob.Write("a", "by an older app");
        bob.SendTo(alice);
        Assert.Equal("a by an older app 5", alice.Rows("""SELECT "Id" || ' ' || "Text" || ' ' || "Stars" AS "Value" FROM "Note" WHERE "Id" = 'a'"""));
        bob.Migrate(2);
        Assert.Equal(alice.Digest(), bob.Digest());
    }

    [Fact]
    public void Down_then_Up_loses_nothing_and_a_raw_drop_starts_empty()
    {
        alice.Migrate(4);
        alice.Write("a", "kept");
        alice.Run($"""UPDATE "Memo" SET "Stars" = 3 WHERE "Id" = 'a'""");
        alice.Run($"""INSERT INTO "Tag" VALUES('t', 'tag')""");
        var (notes, tags, digest) = (alice.Notes(), alice.Tags(), alice.Digest());
        alice.Migrate(0);
        bob.Migrate(1);
        bob.Write("b", "written while the table was gone");
        bob.SendTo(alice);
        alice.Migrate(4);
        Assert.Equal("a kept,b written while the table was gone,welcome Welcome to memos", alice.Notes());
        alice.Run($"""DELETE FROM "Memo" WHERE "Id" = 'b'""");
        Assert.Equal(notes, alice.Notes());
        Assert.Equal(tags, alice.Tags());
        Assert.Equal(digest, alice.Digest());
        alice.Verify();

        alice.Run($"""DROP TABLE "Tag" """);
        alice.Run($"""CREATE TABLE "Tag"("Id" TEXT NOT NULL PRIMARY KEY, "Name" TEXT)""");
        Assert.Equal("", alice.Tags());
    }

    [Fact]
    public void Rows_that_every_peer_seeds_are_one_and_leave_what_a_user_changed()
    {
        alice.Migrate(4);
        alice.Write("welcome", "changed by alice");
        alice.Run($"""DELETE FROM "Tag" WHERE "Id" = 'red'""");
        alice.Run($"""UPDATE "Tag" SET "Name" = 'Navy' WHERE "Id" = 'blue'""");

        // Bob seeds later, without having heard of it.
        bob.Migrate(4);
        Assert.Equal("blue Blue,red Red", bob.Tags());
        alice.Exchange(bob);
        foreach (var peer in new[] { alice, bob })
        {
            Assert.Equal("welcome changed by alice", peer.Notes());
            Assert.Equal("blue Navy", peer.Tags());
            peer.Verify();
        }

        Assert.Equal(alice.Digest(), bob.Digest());

        // So does one who heard of it first, and one that is still at the first version.
        using var carol = new EvolvingPeer(alice);
        alice.SendTo(carol);
        carol.Migrate(4);
        Assert.Equal("blue Navy", carol.Tags());
        using var old = new EvolvingPeer(alice);
        old.Migrate(1);
        old.SendTo(alice);
        Assert.Equal("welcome changed by alice", alice.Notes());
        carol.Exchange(alice);
        Assert.Equal(carol.Digest(), alice.Digest());
    }

    [Fact]
    public void Seed_data_of_a_later_version_wins_over_that_of_a_version_installed_later()
    {
        alice.Migrate(4);
        bob.Migrate(1);
        alice.Exchange(bob);
        Assert.Equal("welcome Welcome to memos", alice.Notes());
        Assert.Equal("welcome Welcome to memos", bob.Notes());
        bob.Migrate(5);
        alice.Migrate(5);
        alice.Exchange(bob);
        Assert.Equal(alice.Digest(), bob.Digest());
    }

    [Fact]
    public async Task What_UseSeeding_makes_on_every_peer_is_one_row_and_leaves_what_a_user_changed()
    {
        var seeded = 0;
        foreach (var peer in new[] { alice, bob })
        {
            await using var context = peer.Open(options: Seeding);
            await context.Database.MigrateAsync(EvolvingContext.Versions[0]);
            if (peer == alice)
            {
                peer.Write("seeded", "changed by alice");
            }
        }

        alice.Exchange(bob);
        Assert.Equal("seeded changed by alice,welcome Welcome", bob.Notes());
        Assert.Equal(alice.Digest(), bob.Digest());

        // Before the first migration, with what peers sent in the log already: the seeder finds the row.
        using var carol = new EvolvingPeer(alice);
        alice.SendTo(carol);
        using (var context = carol.Open(options: Seeding))
        {
            context.Database.Migrate(EvolvingContext.Versions[0]);
        }

        Assert.Equal("seeded changed by alice,welcome Welcome", carol.Notes());
        Assert.Equal(3, seeded);

        void Seeding(DbContextOptionsBuilder options) => options.UseSeeding((context, _) => Seed(context)).UseAsyncSeeding((context, _, _) =>
        {
            Seed(context);
            return Task.CompletedTask;
        });

        void Seed(DbContext context)
        {
            seeded++;
            if (context.Database.SqlQueryRaw<int>("SELECT count(*) AS \"Value\" FROM \"Note\" WHERE \"Id\" = 'seeded'").Single() == 0)
            {
                context.Database.ExecuteSqlRaw("INSERT INTO \"Note\" VALUES('seeded', 'seed')");
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_migration_with_a_seeder_is_one_migration_and_a_seeder_that_fails_leaves_no_seed(bool asynchronously)
    {
        var (messages, failing) = (new List<string>(), true);
        await Assert.ThrowsAsync<InvalidOperationException>(Migrate);
        Assert.Equal("welcome Welcome", alice.Notes());
        failing = false;
        messages.Clear();
        await Migrate();
        Assert.Equal("seeded seed,welcome Welcome", alice.Notes());
        Assert.Single(messages);

        async Task Migrate()
        {
            await using var context = alice.Open(options: o => o.LogTo(messages.Add, [RelationalEventId.MigrateUsingConnection])
                .UseSeeding((c, _) => Seed(c)).UseAsyncSeeding((c, _, _) =>
                {
                    Seed(c);
                    return Task.CompletedTask;
                }));
            if (asynchronously)
            {
                await context.Database.MigrateAsync(EvolvingContext.Versions[0]);
            }
            else
            {
                context.Database.Migrate(EvolvingContext.Versions[0]);
            }
        }

        void Seed(DbContext context)
        {
            context.Database.ExecuteSqlRaw("INSERT INTO \"Note\" VALUES('seeded', 'seed')");
            if (failing)
            {
                throw new InvalidOperationException("no");
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    public void One_behind_and_one_ahead_exchange_in_any_order_and_end_equal(int order)
    {
        var random = new Random(order);
        bob.Migrate(1);
        EvolvingPeer[] peers = [alice, bob];
        for (var step = 0; step < 14; step++)
        {
            var (peer, other) = random.Next(2) == 0 ? (alice, bob) : (bob, alice);
            switch (random.Next(4))
            {
                case 0:
                    peer.SendTo(other);
                    break;
                case 1 when peer.Version < (peer == alice ? 5 : 3):
                    peer.Migrate(peer.Version + 1 + (random.Next(3) == 0 && peer.Version < 4 ? 1 : 0));
                    break;
                case 2 when peer.Version is 2 or 4 && peer == bob:
                    peer.Migrate(peer.Version - 1);
                    break;
                default:
                    peer.Write("n" + random.Next(6), $"{(peer == alice ? "alice" : "bob")} {step}");
                    if (peer.Version >= 2 && random.Next(2) == 0)
                    {
                        var name = $"tag {step}";
                        peer.Run($"""INSERT INTO "Tag" VALUES({"t" + random.Next(3)}, {name}) ON CONFLICT("Id") DO UPDATE SET "Name" = excluded."Name" """);
                    }

                    break;
            }
        }

        foreach (var peer in peers.OrderBy(_ => random.Next()))
        {
            peer.Migrate(5);
        }

        alice.Exchange(bob);
        Assert.Equal(alice.Notes(), bob.Notes());
        Assert.Equal(alice.Tags(), bob.Tags());
        Assert.Equal(alice.Digest(), bob.Digest());
        alice.Verify();
        bob.Verify();
    }

    private sealed class Reports(Action<ThreadsProgress> report) : IProgress<ThreadsProgress>
    {
        public void Report(ThreadsProgress value) => report(value);
    }
}
