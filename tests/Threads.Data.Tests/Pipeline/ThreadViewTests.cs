using Threads.Data.Events;

namespace Threads.Data.Tests.Pipeline;

/// <summary>Views of the users' reducers: the total order, late events, several on one log, in memory and persisted (T-STO-5, T-STO-7, T-STO-8).</summary>
public class ThreadViewTests
{
    private const string Schema = "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)";

    [Fact]
    public void A_late_event_takes_its_place_in_the_order()
    {
        using var alice = Peer.New(Schema);
        using var bob = alice.Join();
        var atAlice = new ThreadView<List<string>>("words", new Words());
        var atBob = new ThreadView<List<string>>("words", new Words());
        alice.Run("INSERT INTO t VALUES(1, 'one')");
        alice.SendTo(bob);
        bob.Run("INSERT INTO t VALUES(2, 'two')");
        alice.Run("INSERT INTO t VALUES(3, 'three')");
        Assert.Equal(["one", "three"], atAlice.Read(alice.Connection.Thread));
        Assert.Equal(["one", "two"], atBob.Read(bob.Connection.Thread));
        bob.SendTo(alice);
        alice.SendTo(bob);
        Assert.Equal(["one", "two", "three"], atAlice.Read(alice.Connection.Thread));
        Assert.Equal(["one", "two", "three"], atBob.Read(bob.Connection.Thread));
        Assert.Equal(1, atBob.EventsApplied);
        atBob.Read(bob.Connection.Thread);
        Assert.Equal(0, atBob.EventsApplied);
    }

    [Fact]
    public void Going_back_costs_the_distance_to_a_saved_state()
    {
        using var alice = Peer.New(Schema);
        using var bob = alice.Join();
        var view = new ThreadView<List<string>>("words", new Words(), new ThreadViewOptions { EventsPerSnapshot = 10 });
        alice.Run("INSERT INTO t VALUES(0, 'w0')");
        alice.SendTo(bob);
        for (var i = 1; i < 500; i++)
        {
            alice.Run($"INSERT INTO t VALUES({i}, 'w{i}')");
            if (i == 480)
            {
                bob.Run("INSERT INTO t VALUES(1000, 'late')");
            }
        }

        view.Read(alice.Connection.Thread);
        Assert.Equal(500, view.EventsApplied);
        bob.SendTo(alice);
        var words = view.Read(alice.Connection.Thread);
        Assert.Equal("late", words[481]);
        Assert.Equal(501, words.Count);
        Assert.InRange(view.EventsApplied, 20, 60);
    }

    [Fact]
    public void Views_on_one_log_get_what_they_ask_for()
    {
        using var alice = Peer.New(Schema, "CREATE TABLE n(id INTEGER PRIMARY KEY, v INTEGER)", "SELECT threads_merge('n', 'v', 'counter')");
        alice.Run("INSERT INTO t VALUES(1, 'a')", "INSERT INTO n VALUES(1, 5)", "UPDATE n SET v = v + 2", "UPDATE t SET a = 'b'", "DELETE FROM t");
        var words = new ThreadView<List<string>>("words", new Words(), new ThreadViewOptions { Collections = ["t"] });
        var sum = new ThreadView<long>("sum", new Sum(), new ThreadViewOptions { Collections = ["n"] });
        Assert.Equal(["a", "b"], words.Read(alice.Connection.Thread));
        Assert.Equal(7, sum.Read(alice.Connection.Thread));
        Assert.Equal(3, words.EventsApplied);
    }

    [Fact]
    public void A_change_of_many_rows_is_an_event_of_each()
    {
        using var alice = Peer.New(Schema);
        alice.Run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO t SELECT i, 'x' FROM n", "UPDATE t SET a = 'y'");
        var view = new ThreadView<List<string>>("words", new Words(), new ThreadViewOptions { EventsPerSnapshot = 7 });
        Assert.Equal(100, view.Read(alice.Connection.Thread).Count(w => w == "y"));
        Assert.Equal(200, view.EventsApplied);
    }

    [Fact]
    public void A_persisted_view_goes_on_where_it_was_and_begins_anew_for_another_version()
    {
        var directory = Directory.CreateTempSubdirectory("threads-view-");
        var file = Path.Combine(directory.FullName, "a.db") + ";Pooling=False";
        try
        {
            using var bob = Start(file, out var expected);
            using (var again = Peer.At(file))
            {
                var view = Persisted("1");
                Assert.Equal(expected, view.Read(again.Connection.Thread));
                Assert.InRange(view.EventsApplied, 0, 9);
                bob.SendTo(again);
                Assert.Equal("late", view.Read(again.Connection.Thread)[45]);
                Assert.InRange(view.EventsApplied, 1, 30);
            }

            using var once = Peer.At(file);
            var other = Persisted("2");
            Assert.Equal("late", other.Read(once.Connection.Thread)[45]);
            Assert.Equal(61, other.EventsApplied);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void What_a_reducer_throws_leaves_the_view_to_be_read_again()
    {
        using var alice = Peer.New(Schema);
        alice.Run("INSERT INTO t VALUES(1, 'a')");
        var reducer = new Words();
        var view = new ThreadView<List<string>>("words", reducer);
        Assert.Equal(["a"], view.Read(alice.Connection.Thread));
        alice.Run("INSERT INTO t VALUES(2, 'b'), (3, 'fails')");
        reducer.Fails = true;
        Assert.Throws<InvalidOperationException>(() => view.Read(alice.Connection.Thread));
        reducer.Fails = false;
        Assert.Equal(["a", "b", "fails"], view.Read(alice.Connection.Thread));
    }

    [Fact]
    public void A_transaction_that_is_not_committed_is_not_in_a_view()
    {
        using var alice = Peer.New(Schema);
        var view = new ThreadView<List<string>>("words", new Words(), new ThreadViewOptions { IsPersisted = true, EventsPerSnapshot = 1 });
        alice.Run("INSERT INTO t VALUES(1, 'a')", "BEGIN", "INSERT INTO t VALUES(2, 'b')");
        Assert.Equal(["a"], view.Read(alice.Connection.Thread));
        alice.Run("COMMIT");
        Assert.Equal(["a", "b"], view.Read(alice.Connection.Thread));
    }

    [Fact]
    public void Random_orders_of_arrival_give_one_state()
    {
        for (var seed = 1; seed <= 4; seed++)
        {
            var random = new Random(seed);
            using var alice = Peer.New(Schema);
            using var bob = alice.Join();
            using var carol = alice.Join();
            Peer[] peers = [alice, bob, carol];
            var views = peers.Select(_ => new ThreadView<List<string>>("words", new Words(), new ThreadViewOptions { EventsPerSnapshot = 1 + random.Next(9) })).ToArray();
            for (var i = 0; i < 80; i++)
            {
                var at = random.Next(3);
                switch (random.Next(4))
                {
                    case 0:
                        peers[at].SendTo(peers[(at + 1 + random.Next(2)) % 3]);
                        break;
                    case 1:
                        views[at].Read(peers[at].Connection.Thread);
                        break;
                    default:
                        peers[at].Run($"INSERT OR REPLACE INTO t VALUES({random.Next(9)}, '{i}')");
                        break;
                }
            }

            for (var round = 0; round < 2; round++)
            {
                foreach (var (from, to) in new[] { (0, 1), (1, 2), (2, 0), (0, 1), (2, 1) })
                {
                    peers[from].SendTo(peers[to]);
                }
            }

            var expected = new ThreadView<List<string>>("fresh", new Words()).Read(alice.Connection.Thread);
            for (var i = 0; i < 3; i++)
            {
                Assert.Equal(expected, views[i].Read(peers[i].Connection.Thread));
            }
        }
    }

    private static Peer Start(string file, out List<string> expected)
    {
        using var alice = Peer.At(file, Schema);
        var bob = alice.Join();
        alice.Run("INSERT INTO t VALUES(0, 'w0')");
        alice.SendTo(bob);
        for (var i = 1; i < 60; i++)
        {
            alice.Run($"INSERT INTO t VALUES({i}, 'w{i}')");
            if (i == 44)
            {
                bob.Run("INSERT INTO t VALUES(1000, 'late')");
            }
        }

        expected = [.. Persisted("1").Read(alice.Connection.Thread)];
        return bob;
    }

    private static ThreadView<List<string>> Persisted(string version)
        => new("words", new Words(), new ThreadViewOptions { IsPersisted = true, Version = version, EventsPerSnapshot = 10 });

    /// <summary>Every text ever written, in order; changes the list it is given.</summary>
    private sealed class Words : IReducer<List<string>>
    {
        public bool Fails { get; set; }

        public List<string> Start() => [];

        public List<string> Apply(List<string> state, ThreadEvent change)
        {
            if (change.Values.TryGetValue("a", out var word))
            {
                if (Fails && (string)word! == "fails")
                {
                    throw new InvalidOperationException("no");
                }

                state.Add((string)word!);
            }

            return state;
        }
    }

    private sealed class Sum : IReducer<long>
    {
        public long Start() => 0;

        public long Apply(long state, ThreadEvent change)
            => state + (change.Kind != EventKind.Delete && change.Operations.TryGetValue("v", out var added) && added.Name == "+" ? (long)(added.Arguments ?? 0L) : 0);
    }
}
