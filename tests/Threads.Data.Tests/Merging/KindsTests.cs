using static Threads.Data.Tests.Merging.CounterTests;

namespace Threads.Data.Tests.Merging;

/// <summary>Largest and smallest, sets, and functions of the user's (issue 5, point 3).</summary>
public class KindsTests
{
    private static readonly string[] Schema =
    [
        "CREATE TABLE t(id INTEGER PRIMARY KEY, hi INTEGER, lo TEXT, tags TEXT, c TEXT)",
        "SELECT threads_merge('t', 'hi', 'max'), threads_merge('t', 'lo', 'min'), threads_merge('t', 'tags', 'set')",
    ];

    [Fact]
    public void The_largest_and_the_smallest_stand_whoever_was_last()
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice, "INSERT INTO t(id, hi, lo) VALUES(1, 10, '10.0')");
        alice.Run("UPDATE t SET hi = 30, lo = '9.5'");
        bob.Run("UPDATE t SET hi = 20, lo = '9.75'");
        Exchange(alice, bob);
        Assert.Equal("30 9.5", bob.One<string>("SELECT hi || ' ' || lo FROM t"));
    }

    [Fact]
    public void A_smaller_value_does_not_stay_where_the_largest_counts()
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice, "INSERT INTO t(id, hi) VALUES(1, 10)");
        var records = alice.One<long>("SELECT count(*) FROM threads_records");
        alice.Run("UPDATE t SET hi = 3");
        Assert.Equal(10, alice.One<long>("SELECT hi FROM t"));
        Assert.Equal(records, alice.One<long>("SELECT count(*) FROM threads_records"));
        alice.Run("BEGIN", "UPDATE t SET hi = 4", "CREATE INDEX i ON t(hi)", "UPDATE t SET hi = 11", "COMMIT");
        Exchange(alice, bob);
        Assert.Equal(11, bob.One<long>("SELECT hi FROM t"));
    }

    [Fact]
    public void What_two_add_to_a_set_and_remove_from_it_all_counts()
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice, "INSERT INTO t(id, tags) VALUES(1, '[\"a\",\"b\"]')");
        alice.Run("""UPDATE t SET tags = '["a","b","x"]'""", """UPDATE t SET tags = '["b","x"]'""");
        bob.Run("""UPDATE t SET tags = '["a","b","y", "y", 1]'""");
        Assert.Equal("""["a","b","y",1]""", bob.One<string>("SELECT tags FROM t"));
        Exchange(alice, bob);
        Assert.Equal("""["b","x","y",1]""", bob.One<string>("SELECT tags FROM t"));
    }

    [Fact]
    public void Of_an_add_and_a_remove_of_one_element_the_later_counts()
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice, "INSERT INTO t(id, tags) VALUES(1, '[]')");
        alice.Run("UPDATE t SET tags = '[1]'", "UPDATE t SET tags = '[]'");
        bob.Run("UPDATE t SET tags = '[1.0]'");
        Exchange(alice, bob);
        Assert.Equal("[1.0]", alice.One<string>("SELECT tags FROM t"));
        alice.Run("UPDATE t SET tags = '[]'");
        Exchange(alice, bob);
        Assert.Equal("[]", bob.One<string>("SELECT tags FROM t"));
    }

    [Fact]
    public void A_function_of_the_users_decides_in_the_order_all_share()
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice, "INSERT INTO t(id, c) VALUES(1, 'a')");
        var kind = MergeKind.Custom<string>("kinds tests: joined", (held, seen, assigned) => held == seen ? assigned : $"{held}+{assigned}");
        alice.Connection.Thread.SetMerge("t", "c", kind);
        bob.Connection.Thread.SetMerge("t", "c", kind);
        alice.Run("UPDATE t SET c = 'b'");
        bob.Run("UPDATE t SET c = 'c'");
        Exchange(alice, bob);
        Assert.Equal("b+c", alice.One<string>("SELECT c FROM t"));
    }

    [Fact]
    public void Without_the_function_the_last_assigned_value_shows_and_the_column_says_so_until_it_is_registered()
    {
        var directory = Directory.CreateTempSubdirectory("threads-custom-");
        var name = $"kinds tests: late {directory.Name}";
        var file = Path.Combine(directory.FullName, "bob.db");
        try
        {
            using var alice = Peer.New(Schema);
            alice.Run("INSERT INTO t(id, c) VALUES(1, 'a')", $"SELECT threads_merge('t', 'c', 'custom:{name}')", "UPDATE t SET c = 'longer'", "UPDATE t SET c = 'b'");
            using (var bob = alice.Join(dataSource: file + ";Pooling=False"))
            {
                alice.SendTo(bob);
                Assert.Equal("b", bob.One<string>("SELECT c FROM t"));
                Assert.Equal(name, bob.One<string>("SELECT missing FROM threads_merges WHERE column_name = 'c'"));
            }

            MergeKind.Custom<string>(name, (held, assigned) => held.Length > assigned.Length ? held : assigned);
            using var again = Peer.At(file + ";Pooling=False");
            again.Run("INSERT INTO t(id) VALUES(1000000)");
            Assert.Equal("longer", again.One<string>("SELECT c FROM t WHERE id = 1"));
            Assert.Equal(0, again.One<long>("SELECT count(missing) FROM threads_merges"));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_function_that_fails_leaves_what_was_assigned()
    {
        using var alice = Peer.New(Schema);
        alice.Connection.Thread.SetMerge("t", "c", MergeKind.Custom<int>("kinds tests: failing", (held, assigned) => held / (assigned - assigned)));
        alice.Run("INSERT INTO t(id, c) VALUES(1, '5')", "UPDATE t SET c = '6'");
        Assert.Equal("6", alice.One<string>("SELECT c FROM t"));
    }

    [Theory]
    [InlineData("abacus")]
    [InlineData("counter:1")]
    [InlineData("json:")]
    [InlineData("custom")]
    [InlineData("")]
    public void A_kind_that_is_none_is_refused(string name) => Assert.Throws<ArgumentException>(() => MergeKind.Parse(name));
}
