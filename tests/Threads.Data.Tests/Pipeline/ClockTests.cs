using Dapper;
using Threads.Data.Events;

namespace Threads.Data.Tests.Pipeline;

/// <summary>Clocks that are wrong (decision 5, FINDINGS 1e): what lies ahead waits and comes by itself, time never runs backwards.</summary>
public sealed class ClockTests : IDisposable
{
    private const string Schema = "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)";

    private static readonly DateTimeOffset Today = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly List<ThreadsDataSource> _sources = [];

    public void Dispose() => _sources.ForEach(s => s.Dispose());

    [Fact]
    public void A_record_from_the_far_future_waits_is_reported_and_comes_by_the_clock_itself()
    {
        var (aliceTime, bobTime) = (new SetClock(Today.AddDays(1)), new SetClock(Today));
        using var alice = At(aliceTime);
        using var bob = Join(alice, bobTime);
        alice.Run("INSERT INTO n VALUES(1, 'tomorrow')");

        var result = alice.SendTo(bob);

        Assert.Equal((2L, 2L), (result.Added, result.NotDue));
        Assert.Equal(0, bob.One<long>("SELECT count(*) FROM n"));
        Assert.Equal(2, bob.One<long>("SELECT count(*) FROM threads_records WHERE NOT is_due"));
        bobTime.Now = Today.AddDays(1).AddMinutes(-11);
        Assert.Equal(0, bob.One<long>("SELECT count(*) FROM n"));
        bobTime.Now = Today.AddDays(1);
        Assert.Equal("tomorrow", bob.One<string>("SELECT a FROM n"));
        Assert.Equal(0, bob.One<long>("SELECT count(*) FROM threads_records WHERE NOT is_due"));
        Assert.Equal(alice.Digest, bob.Digest);
    }

    [Fact]
    public void What_comes_by_the_clock_meets_the_constraints_and_leaves_the_users_counters_alone()
    {
        var (aliceTime, bobTime) = (new SetClock(Today.AddDays(1)), new SetClock(Today));
        string[] schema = ["CREATE TABLE u(id INTEGER PRIMARY KEY, k TEXT UNIQUE)"];
        using var alice = At(aliceTime, schema);
        using var bob = Join(alice, bobTime, schema);
        alice.Run("INSERT INTO u VALUES(1, 'same')");
        alice.SendTo(bob);
        bob.Run("INSERT INTO u VALUES(2, 'same')");
        bobTime.Now = Today.AddDays(1);
        Assert.Equal(2, bob.One<long>("SELECT last_insert_rowid()"));
        Assert.Equal((2L, 1L), bob.Connection.QuerySingle<(long, long)>("SELECT (SELECT group_concat(id) FROM u), (SELECT row_key FROM threads_conflicts)"));
    }

    [Fact]
    public void A_digest_and_a_history_see_what_has_come_due()
    {
        var (aliceTime, bobTime) = (new SetClock(Today.AddDays(1)), new SetClock(Today));
        using var alice = At(aliceTime);
        using var bob = Join(alice, bobTime);
        using var carol = Join(alice, bobTime);
        alice.Run("INSERT INTO n VALUES(1, 'tomorrow')");
        alice.SendTo(bob);
        alice.SendTo(carol);
        bobTime.Now = Today.AddDays(1);

        Assert.Equal(alice.Digest, bob.Digest);
        Assert.Single(carol.Connection.Thread.History("n", 1L));
    }

    [Fact]
    public void A_write_takes_in_what_is_due_before_it()
    {
        var (aliceTime, bobTime) = (new SetClock(Today.AddDays(1)), new SetClock(Today));
        using var alice = At(aliceTime);
        using var bob = Join(alice, bobTime);
        alice.Run("INSERT INTO n VALUES(1, 'tomorrow')");
        alice.SendTo(bob);
        bobTime.Now = Today.AddDays(2);
        bob.Run("UPDATE n SET a = 'seen' WHERE id = 1");
        bob.SendTo(alice);
        Assert.Equal("seen", bob.One<string>("SELECT a FROM n"));
    }

    [Fact]
    public void A_clock_that_is_set_back_never_makes_time_run_backwards()
    {
        var time = new SetClock(Today);
        using var alice = At(time);
        alice.Run("INSERT INTO n VALUES(1, 'first')");
        time.Now = Today.AddYears(-20);
        alice.Run("UPDATE n SET a = 'second' WHERE id = 1");
        time.Now = Today.AddHours(-1);
        alice.Run("UPDATE n SET a = 'third' WHERE id = 1");
        Assert.Equal("third", alice.One<string>("SELECT a FROM n"));
        Assert.Equal(1, alice.One<long>("SELECT count(DISTINCT log) FROM threads_records"));
        var times = alice.Connection.Query<long>("SELECT time FROM threads_records ORDER BY position").ToArray();
        Assert.Equal(times.Order(), times);
        Assert.Equal(times.Distinct(), times);
        using var bob = Join(alice, new SetClock(Today));
        alice.SendTo(bob);
        Assert.Equal("third", bob.One<string>("SELECT a FROM n"));
    }

    [Fact]
    public void A_clock_that_was_far_ahead_and_is_right_again_writes_a_new_log_and_waits_like_everybody()
    {
        var (aliceTime, bobTime) = (new SetClock(Today), new SetClock(Today));
        using var alice = At(aliceTime);
        using var bob = Join(alice, bobTime);
        alice.Run("INSERT INTO n VALUES(1, 'today')");
        aliceTime.Now = Today.AddYears(2);
        alice.Run("INSERT INTO n VALUES(2, 'in two years')", "UPDATE n SET a = 'changed then' WHERE id = 1");
        aliceTime.Now = Today.AddHours(1);
        bobTime.Now = Today.AddHours(1);

        alice.Run("INSERT INTO n VALUES(3, 'right again')");

        alice.SendTo(bob);
        foreach (var peer in new[] { alice, bob })
        {
            Assert.Equal("1today,3right again", peer.One<string>("SELECT group_concat(id || a) FROM (SELECT * FROM n ORDER BY id)"));
            Assert.Equal(2, peer.One<long>("SELECT count(*) FROM threads_records WHERE NOT is_due"));
        }

        Assert.Equal(2, alice.One<long>("SELECT count(*) FROM threads_logs"));
        Assert.Equal(alice.Digest, bob.Digest);
        Assert.True(alice.One<long>("SELECT max(time) FROM threads_records WHERE is_due") < HybridTime.FromWallClock(Today.AddDays(1)));
        bobTime.Now = Today.AddYears(2);
        aliceTime.Now = Today.AddYears(2);
        Assert.Equal("1changed then,2in two years,3right again", bob.One<string>("SELECT group_concat(id || a) FROM (SELECT * FROM n ORDER BY id)"));
        Assert.Equal(3, alice.One<long>("SELECT count(*) FROM n"));
        Assert.Equal(alice.Digest, bob.Digest);
    }

    [Fact]
    public void What_a_stolen_key_wrote_ahead_of_the_clock_into_ones_own_log_is_due_at_once_and_what_is_written_next_is_later()
    {
        var time = new SetClock(Today);
        using var alice = At(time);
        using var bob = Join(alice, new SetClock(Today.AddHours(2)));
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        using var thief = new Forger(alice, ofPeer: true);
        var (opening, second) = (Forger.Stored(alice, 1), Forger.Stored(alice, 2));
        var ahead = HybridTime.FromWallClock(Today.AddHours(1));

        var result = alice.Import(Forger.File(opening, second, thief.Row(second, 3, ahead, 2, "in an hour")));

        Assert.Equal((1L, 0L), (result.Added, result.NotDue));
        alice.Run("UPDATE n SET a = 'seen' WHERE id = 2", "INSERT INTO n VALUES(3, 'behind it')");
        Assert.True(alice.One<long>("SELECT time FROM threads_records WHERE position = 4") > ahead);
        Assert.Equal("1hers,2seen,3behind it", alice.One<string>("SELECT group_concat(id || a) FROM (SELECT * FROM n ORDER BY id)"));
        var before = alice.Digest;
        alice.Connection.Thread.RebuildViews();
        Assert.Equal(before, alice.Digest);
        Assert.True(alice.Connection.Thread.Verify().IsSound);
        Assert.Equal(5, alice.SendTo(bob).Added);
        Assert.Equal(before, bob.Digest);
    }

    private Peer At(SetClock time, string[]? schema = null) => Peer.Of(Open("Data Source=:memory:", time), schema ?? [Schema]);

    private Peer Join(Peer other, SetClock time, string[]? schema = null)
    {
        using var key = other.Connection.Thread.Key;
        return Peer.Of(Open($"Data Source=:memory:;Thread={other.Connection.Thread.Id};Thread Key={key.Export()}", time), schema ?? [Schema]);
    }

    private ThreadsConnection Open(string connectionString, SetClock time)
    {
        var source = new ThreadsDataSource(new ConnectionSettings(connectionString, time));
        _sources.Add(source);
        return source.OpenConnection();
    }

    private sealed class SetClock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
