using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Threads.Data;

namespace EFCore.Threads.Tests;

// Issue 5, point 5
public sealed class ConflictTests : IDisposable
{
    private readonly TestDatabase alice = new();
    private readonly TestDatabase bob = new();

    public void Dispose()
    {
        alice.Dispose();
        bob.Dispose();
    }

    [Theory]
    [InlineData("KeepShown", "alice")]
    [InlineData("KeepHeld", "bob")]
    [InlineData("KeepMine", "alice")]
    [InlineData("TakeTheirs", "bob")]
    public async Task A_conflict_is_listed_and_resolved_for_one_side(string resolution, string left)
    {
        var (first, second) = await ClashAsync();
        await using var _ = first;
        await using var __ = second;
        var conflict = first.Thread.Conflicts.Single(c => c.TableName == "User" && c.Reason.StartsWith("UNIQUE"));
        Assert.Equal("UNIQUE User(Mail)", conflict.ConstraintName);
        Assert.Equal("shown", Assert.Single(conflict.GetRivals()).State);
        Assert.Equal("bob", (await first.Thread.HeldAsync<User>(conflict)).Name);

        await first.Thread.ResolveAsync(conflict, resolution switch
        {
            "KeepShown" => ConflictResolution.KeepShown,
            "KeepHeld" => ConflictResolution.KeepHeld,
            "KeepMine" => ConflictResolution.KeepMine,
            _ => ConflictResolution.TakeTheirs,
        });
        await Send(first, second);
        foreach (var context in new[] { first, second })
        {
            Assert.Empty(context.Thread.Conflicts);
            Assert.Equal(left, context.Set<User>().AsNoTracking().Single().Name);
        }

        await Assert.ThrowsAsync<ArgumentException>(() => first.Thread.ResolveAsync(conflict, ConflictResolution.KeepShown));
    }

    [Fact]
    public async Task The_held_back_row_is_edited_and_comes_into_its_table()
    {
        var (first, second) = await ClashAsync();
        await using var _ = first;
        await using var __ = second;
        var conflict = second.Thread.Conflicts.Single();
        var error = await Assert.ThrowsAsync<DbUpdateException>(() => second.Thread.ResolveAsync(conflict, ConflictResolution.Edit<User>(u => u.Name = "still clashes")));
        Assert.Equal(19, Assert.IsType<ThreadsException>(error.InnerException).SqliteErrorCode);
        Assert.Equal(1, second.Thread.Conflicts.Count());

        await second.Thread.ResolveAsync(conflict, ConflictResolution.Edit<User>(u => { u.Mail = "bob@x"; u.Home.City = "Kiel"; }));
        await Send(second, first);
        Assert.Equal(["ann@x alice Bonn", "bob@x bob Kiel"], first.Set<User>().AsNoTracking().OrderBy(u => u.Mail).AsEnumerable().Select(u => $"{u.Mail} {u.Name} {u.Home.City}"));
        Assert.Empty(first.Thread.Conflicts);

        first.Add(new User { Mail = "x", Name = "x" });
        await Assert.ThrowsAsync<InvalidOperationException>(() => first.Thread.ResolveAsync(conflict, ConflictResolution.Edit<User>(u => u.Name = "x")));
        await Assert.ThrowsAsync<InvalidOperationException>(() => first.Thread.ResolveAsync(conflict, ConflictResolution.Edit<Other>(_ => { })));
    }

    [Fact]
    public async Task A_policy_settles_what_an_import_brings()
    {
        var asked = new List<string>();
        var (first, second) = await ClashAsync(o => o.OnConflict((context, conflict, _) =>
        {
            asked.Add($"{conflict.Reason} {context.Set<User>().Count()}");
            return ValueTask.FromResult<ConflictResolution?>(ConflictResolution.KeepHeld);
        }));
        await using var _ = first;
        await using var __ = second;
        Assert.Equal(["UNIQUE constraint failed: User.Mail 1"], asked);
        Assert.Equal("bob", first.Set<User>().AsNoTracking().Single().Name);
        await Send(first, second);
        Assert.Equal("bob", second.Set<User>().AsNoTracking().Single().Name);
        Assert.Empty(second.Thread.Conflicts);
    }

    [Fact]
    public async Task A_policy_may_leave_a_conflict_and_is_asked_when_told()
    {
        var asked = 0;
        var (first, second) = await ClashAsync(o => o.OnConflict((_, _, _) =>
        {
            asked++;
            return ValueTask.FromResult(asked < 3 ? null : ConflictResolution.KeepShown);
        }));
        await using var _ = first;
        await using var __ = second;
        Assert.Equal((1, 1), (asked, first.Thread.Conflicts.Count()));
        Assert.Equal(0, await first.Thread.ResolveConflictsAsync());
        Assert.Equal(1, await first.Thread.ResolveConflictsAsync());
        Assert.Empty(first.Thread.Conflicts);
        Assert.Equal(0, await second.Thread.ResolveConflictsAsync());
    }

    [Fact]
    public async Task A_policy_settles_what_comes_by_another_connection_while_it_is_waited_for()
    {
        var settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (first, second) = await ClashAsync();
        await using var _ = first;
        await using var __ = second;
        await first.Thread.ResolveAsync(first.Thread.Conflicts.Single(), ConflictResolution.KeepShown);
        await Send(first, second);
        await using var waiting = alice.Context(Model, o => o.OnConflict((_, conflict, _) =>
        {
            settled.TrySetResult();
            return ValueTask.FromResult<ConflictResolution?>(ConflictResolution.KeepHeld);
        }));
        using var stopping = new CancellationTokenSource();
        var settling = waiting.Thread.SettleConflictsAsync(stopping.Token);

        // As Threads.Net takes records: past every context, by a connection of its own.
        second.Add(new User { Mail = "new@x", Name = "bob" });
        await second.SaveChangesAsync();
        first.Add(new User { Mail = "new@x", Name = "alice" });
        await first.SaveChangesAsync();
        using (var file = new MemoryStream())
        {
            await second.Thread.ExportAsync(file, first.Thread.Heads);
            file.Position = 0;
            using var source = new ThreadsDataSource(alice.ConnectionString);
            using var connection = source.OpenConnection();
            await connection.Thread.ImportAsync(file);
        }

        await settled.Task.WaitAsync(TimeSpan.FromMinutes(1));
        while (first.Thread.Conflicts.Any())
        {
            await Task.Delay(10);
        }

        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => settling);
        Assert.Equal("alice", first.Set<User>().AsNoTracking().Single(u => u.Mail == "new@x").Name);
        await Assert.ThrowsAsync<InvalidOperationException>(() => first.Thread.SettleConflictsAsync(CancellationToken.None));
    }

    private async Task<(ModelContext First, ModelContext Second)> ClashAsync(Action<ThreadsDbContextOptionsBuilder>? options = null)
    {
        var first = alice.Created(Model, options);
        first.Add(new User { Mail = "ann@x", Name = "alice", Home = new() { City = "Bonn" } });
        await first.SaveChangesAsync();
        using var key = first.Thread.Key;
        var second = new ModelContext(o => o.UseThreads(new ThreadsConnectionStringBuilder(bob.ConnectionString) { Thread = first.Thread.Id.ToString(), ThreadKey = key.Export() }.ToString()), Model);
        await second.Database.EnsureCreatedAsync();
        second.Add(new User { Mail = "ann@x", Name = "bob" });
        await second.SaveChangesAsync();
        second.ChangeTracker.Clear();
        first.ChangeTracker.Clear();
        await Send(first, second);
        await Send(second, first);
        return (first, second);
    }

    private static async Task Send(DbContext from, DbContext to)
    {
        using var file = new MemoryStream();
        await from.Thread.ExportAsync(file, to.Thread.Heads);
        file.Position = 0;
        await to.Thread.ImportAsync(file);
    }

    private static void Model(ModelBuilder model)
    {
        model.Entity<User>(u =>
        {
            u.HasIndex(x => x.Mail).IsUnique();
            u.ComplexProperty(x => x.Home, h => h.ToJson());
        });
        model.Entity<Other>();
    }

    private sealed class User
    {
        public Guid Id { get; set; }

        public required string Mail { get; set; }

        public required string Name { get; set; }

        public Address Home { get; set; } = new();
    }

    private sealed class Address
    {
        public string City { get; set; } = "";
    }

    private sealed class Other
    {
        public int Id { get; set; }
    }
}
