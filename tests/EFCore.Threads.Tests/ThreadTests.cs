using Microsoft.EntityFrameworkCore;
using Threads.Data;
using Threads.Data.Identity;
using Threads.Data.Logs;

namespace EFCore.Threads.Tests;

public sealed class ThreadTests : IDisposable
{
    private readonly TestDatabase alice = new();
    private readonly TestDatabase bob = new();

    public void Dispose()
    {
        alice.Dispose();
        bob.Dispose();
    }

    [Fact]
    public async Task Peers_and_waiting_for_them_are_those_of_whoever_keeps_the_thread_in_sync()
    {
        await using var context = alice.Created(Model);
        var peer = context.Thread.Identity;
        Assert.Empty(context.Thread.Peers);
        await Assert.ThrowsAsync<InvalidOperationException>(() => context.Thread.WaitForSyncAsync(peer));

        var sync = new OnePeer(peer, context.Thread.Heads);
        using var source = new ThreadsDataSource(alice.ConnectionString);
        using (source.RegisterSync(sync))
        {
            var known = Assert.Single(context.Thread.Peers);
            Assert.Equal((peer, true, true), (known.Id, known.IsConnected, known.IsSynced));
            context.Add(new Note { Text = "not there yet" });
            await context.SaveChangesAsync();
            Assert.False(Assert.Single(context.Thread.Peers).IsSynced);

            var waiting = context.Thread.WaitForSyncAsync(peer);
            Assert.False(waiting.IsCompleted);
            sync.IsThere.SetResult();
            await waiting;
        }
    }

    private sealed class OnePeer(PeerId peer, ThreadHeads heads) : IThreadSync
    {
        public TaskCompletionSource IsThere { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IReadOnlyList<(PeerId Peer, ThreadHeads Heads)> Connected => [(peer, heads)];

        public Task WaitForSyncAsync(PeerId other, CancellationToken cancellationToken) => IsThere.Task.WaitAsync(cancellationToken);
    }

    [Fact]
    public async Task Two_contexts_exchange_their_records_and_end_equal()
    {
        await using var first = alice.Created(Model);
        first.Add(new Note { Text = "from alice" });
        await first.SaveChangesAsync();
        using var key = first.Thread.Key;

        await using var second = new ModelContext(o => o.UseThreads(new ThreadsConnectionStringBuilder(bob.ConnectionString) { Thread = first.Thread.Id.ToString(), ThreadKey = key.Export() }.ToString()), Model);
        await second.Database.EnsureCreatedAsync();
        second.Add(new Note { Text = "from bob" });
        await second.SaveChangesAsync();
        Assert.Equal(first.Thread.Id, second.Thread.Id);

        await Send(first, second);
        await Send(second, first);
        Assert.Equal(["from alice", "from bob"], first.Set<Note>().Select(n => n.Text).OrderBy(t => t));
        Assert.Equal(await first.Thread.DigestAsync(), await second.Thread.DigestAsync());
        Assert.Equal(2, first.Thread.Logs.Count(l => l.Counter > 0));
        Assert.Equal(1, second.Thread.Logs.Count(l => l.IsOwn));
        Assert.Empty(first.Thread.Conflicts);
    }

    [Fact]
    public async Task The_log_is_queried_with_LINQ_and_verified()
    {
        await using var context = alice.Created(Model);
        context.AddRange(new Note { Text = "a" }, new Note { Text = "b" });
        await context.SaveChangesAsync();
        var newest = context.Thread.Records.Where(r => r.Events != null).OrderByDescending(r => r.Position).First();
        Assert.Equal(2, newest.Events);
        Assert.NotNull(newest.WrittenAt);
        await context.Thread.VerifyAsync();
        await context.Thread.RebuildViewsAsync();
        Assert.Equal(2, await context.Set<Note>().CountAsync());
    }

    [Fact]
    public void A_table_without_a_key_stays_local()
    {
        using var context = alice.Created(m => m.Entity<Measure>().HasNoKey().ToTable("Measure"));
        var records = context.Thread.Records.Count();
        context.Database.ExecuteSqlRaw("INSERT INTO \"Measure\" VALUES (1.5)");
        Assert.Equal(1.5, context.Set<Measure>().Single().Value);
        Assert.Equal(records, context.Thread.Records.Count());
    }

    private static async Task Send(DbContext from, DbContext to)
    {
        using var file = new MemoryStream();
        await from.Thread.ExportAsync(file, to.Thread.Heads);
        file.Position = 0;
        await to.Thread.ImportAsync(file);
    }

    private static void Model(ModelBuilder model) => model.Entity<Note>();

    private sealed class Note
    {
        public Guid Id { get; set; }

        public required string Text { get; set; }
    }

    private sealed class Measure
    {
        public double Value { get; set; }
    }
}
