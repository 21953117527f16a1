namespace Threads.Data.Tests.Merging;

/// <summary>Counters: changes add up, whoever made them in which order (issue 5, point 3; T-STO-20).</summary>
public class CounterTests
{
    private static readonly string[] Schema =
    [
        "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, n INTEGER NOT NULL DEFAULT 0, r REAL DEFAULT 0, d TEXT, x)",
        "SELECT threads_merge('t', 'n', 'counter')",
        "SELECT threads_merge('t', column_name, 'counter') FROM (SELECT 'r' AS column_name UNION ALL SELECT 'd' UNION ALL SELECT 'x')",
    ];

    [Fact]
    public void Increments_of_all_add_up()
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice, "INSERT INTO t(id, n) VALUES(1, 10)");
        alice.Run("UPDATE t SET n = n + 1 WHERE id = 1", "UPDATE t SET n = n + 2 WHERE id = 1");
        bob.Run("UPDATE t SET n = n - 5 WHERE id = 1", "UPDATE t SET n = n + 100 WHERE id = 1");
        Exchange(alice, bob);
        Assert.Equal(108, bob.One<long>("SELECT n FROM t"));
    }

    [Fact]
    public void An_assignment_counts_as_the_difference_to_what_was_seen()
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice, "INSERT INTO t(id, n) VALUES(1, 10)");
        alice.Run("UPDATE t SET n = 15 WHERE id = 1");
        bob.Run("UPDATE t SET n = 7 WHERE id = 1");
        Exchange(alice, bob);
        Assert.Equal(12, bob.One<long>("SELECT n FROM t"));
    }

    [Fact]
    public void Rows_of_one_key_that_two_inserted_count_together()
    {
        using var alice = Peer.New(Schema);
        using var bob = alice.Join();
        foreach (var peer in new[] { alice, bob, bob })
        {
            peer.Run("INSERT INTO t(id, n) VALUES(7, 1) ON CONFLICT(id) DO UPDATE SET n = n + 1");
        }

        Exchange(alice, bob);
        Assert.Equal(3, bob.One<long>("SELECT n FROM t"));
    }

    [Fact]
    public void A_row_made_anew_begins_to_count_anew()
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice, "INSERT INTO t(id, n) VALUES(1, 10)");
        alice.Run("DELETE FROM t");
        bob.Run("UPDATE t SET n = n + 1");
        alice.Run("INSERT INTO t(id, n) VALUES(1, 3)");
        Exchange(alice, bob);
        Assert.Equal(3, bob.One<long>("SELECT n FROM t"));
        bob.Run("UPDATE t SET n = n + 1");
        Exchange(alice, bob);
        Assert.Equal(4, alice.One<long>("SELECT n FROM t"));
    }

    [Fact]
    public void Decimals_add_up_exactly_and_reals_in_total_order()
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice, "INSERT INTO t(id, r, d) VALUES(1, 0.1, '0.10')");
        alice.Run("UPDATE t SET r = r + 0.2, d = '0.3'", "UPDATE t SET r = 1e16");
        bob.Run("UPDATE t SET r = r + 0.7, d = '12345678901234567890.5'", "UPDATE t SET r = r - 0.3");
        Exchange(alice, bob);
        Assert.Equal("12345678901234567890.7", bob.One<string>("SELECT d FROM t"));
    }

    [Fact]
    public void A_sum_that_64_bits_do_not_hold_shows_as_the_nearest_and_comes_back_exactly()
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice, "INSERT INTO t(id, n) VALUES(1, 9223372036854775000)");
        alice.Run("UPDATE t SET n = n + 800");
        bob.Run("UPDATE t SET n = n + 700");
        Exchange(alice, bob);
        Assert.Equal(long.MaxValue, bob.One<long>("SELECT n FROM t"));
        bob.Run("UPDATE t SET n = n - 1000");
        Exchange(alice, bob);
        Assert.Equal(9223372036854775500, bob.One<long>("SELECT n FROM t"));
    }

    [Fact]
    public void Null_and_text_are_assigned_and_later_increments_count_upon_them()
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice, "INSERT INTO t(id, x) VALUES(1, 5)");
        alice.Run("UPDATE t SET x = x + 1");
        bob.Run("UPDATE t SET x = NULL", "UPDATE t SET x = 2");
        alice.Run("UPDATE t SET x = x + 10");
        Exchange(alice, bob);
        Assert.Equal(12, bob.One<long>("SELECT x FROM t"));
        alice.Run("UPDATE t SET x = 'abc'");
        Exchange(alice, bob);
        Assert.Equal("abc", bob.One<string>("SELECT x FROM t"));
    }

    [Fact]
    public void A_peer_that_does_not_declare_the_kind_adds_the_operations_of_those_who_do()
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice, "INSERT INTO t(id, n) VALUES(1, 10)");
        using var carol = alice.Join([Schema[0]]);
        Exchange(alice, carol);
        bob.Run("UPDATE t SET n = n + 1");
        alice.Run("UPDATE t SET n = n + 1");
        carol.Run("UPDATE t SET n = n + 5");
        alice.Run("UPDATE t SET n = n + 1");
        Exchange(alice, bob, carol);
        // What Carol writes is an assignment: it passes over what came before it, and what comes later counts upon it.
        Assert.Equal(16, carol.One<long>("SELECT n FROM t"));
    }

    [Fact]
    public void A_new_column_begins_with_its_default()
    {
        using var alice = Peer.New("CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
        using var bob = Started(alice, "INSERT INTO t VALUES(1, 'a')");
        foreach (var peer in new[] { alice, bob })
        {
            peer.Run("ALTER TABLE t ADD COLUMN n INTEGER NOT NULL DEFAULT 5", "SELECT threads_merge('t', 'n', 'counter')");
        }

        alice.Run("UPDATE t SET n = n + 1");
        bob.Run("UPDATE t SET n = n + 2");
        Exchange(alice, bob);
        Assert.Equal(8, bob.One<long>("SELECT n FROM t"));
    }

    [Fact]
    public void A_rolled_back_increment_does_not_count_and_the_next_one_does()
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice, "INSERT INTO t(id, n) VALUES(1, 0)");
        alice.Run("BEGIN", "UPDATE t SET n = n + 1", "ROLLBACK", "BEGIN", "UPDATE t SET n = n + 1", "SAVEPOINT s", "UPDATE t SET n = n + 1", "ROLLBACK TO s", "UPDATE t SET n = n + 5", "COMMIT");
        bob.Run("UPDATE t SET n = n + 10");
        Exchange(alice, bob);
        Assert.Equal(16, bob.One<long>("SELECT n FROM t"));
    }

    [Fact]
    public void An_increment_is_a_few_bytes_and_the_declaration_outlives_rename_and_rebuild()
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice, "INSERT INTO t(id, n) VALUES(1, 0)");
        alice.Run("ALTER TABLE t RENAME COLUMN n TO hits", "UPDATE t SET hits = hits + 1");
        bob.Run("UPDATE t SET n = n + 1");
        Exchange(alice, bob);
        Assert.Equal(2, alice.One<long>("SELECT hits FROM t"));
        Assert.Equal("counter +", alice.One<string>("SELECT kind || ' ' || operations FROM threads_merges WHERE column_name = 'hits'"));
    }

    [Theory]
    [InlineData("SELECT threads_merge('absent', 'n', 'counter')", "absent")]
    [InlineData("SELECT threads_merge('t', 'absent', 'counter')", "absent")]
    [InlineData("SELECT threads_merge('t', 'id', 'counter')", "primary key")]
    [InlineData("SELECT threads_merge('t', 'n', 'abacus')", "abacus")]
    [InlineData("INSERT INTO t(id, name) VALUES(5, threads_merge('t', 'n', 'counter'))", "stands alone")]
    public void A_declaration_that_makes_no_sense_is_refused_by_name(string sql, string says)
    {
        using var alice = Peer.New(Schema);
        var error = Assert.Throws<ThreadsException>(() => alice.Run(sql));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        alice.Run("INSERT INTO t(id, n) VALUES(1, 1)");
    }

    [Fact]
    public void A_declaration_is_taken_back_with_null_and_made_in_code_too()
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice, "INSERT INTO t(id, n) VALUES(1, 10)");
        alice.Run("SELECT threads_merge('t', 'n', NULL)");
        bob.Connection.Thread.SetMerge("t", "n", null);
        alice.Run("UPDATE t SET n = 1");
        bob.Run("UPDATE t SET n = 2");
        Exchange(alice, bob);
        Assert.Equal(2, alice.One<long>("SELECT n FROM t"));
        alice.Connection.Thread.SetMerge("t", "n", MergeKind.Counter);
        alice.Run("UPDATE t SET n = n + 1");
        Exchange(alice, bob);
        Assert.Equal(3, bob.One<long>("SELECT n FROM t"));
    }

    internal static Peer Started(Peer first, string sql)
    {
        var second = first.Join();
        first.Run(sql);
        first.SendTo(second);
        return second;
    }

    /// <summary>Everybody gets everything; then all hold the same, and so do their records.</summary>
    internal static void Exchange(params Peer[] peers)
    {
        for (var round = 0; round < 2; round++)
        {
            foreach (var from in peers)
            {
                foreach (var to in peers.Where(p => p != from))
                {
                    from.SendTo(to);
                }
            }
        }

        foreach (var peer in peers)
        {
            Assert.Equal(peers[0].Digest, peer.Digest);
            peer.Connection.Thread.RebuildViews();
            Assert.Equal(peers[0].Digest, peer.Digest);
        }
    }
}
