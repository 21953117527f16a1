using Dapper;
using Threads.Data.Tests.AdoNet;

namespace Threads.Data.Tests.Merging;

/// <summary>Texts that several people edit, through SQL (issue 5, point 3).</summary>
public class TextTests
{
    private static readonly string[] Schema =
    [
        "CREATE TABLE note(id INTEGER PRIMARY KEY, title TEXT, body TEXT DEFAULT 'new')",
        "SELECT threads_merge('note', 'body', 'text')",
    ];

    [Fact]
    public void An_update_is_one_shortest_difference_so_that_both_edits_stay()
    {
        using var alice = Peer.New(Schema);
        using var bob = CounterTests.Started(alice, "INSERT INTO note VALUES(1, 't', 'The cat sat on the mat.')");
        alice.Run("UPDATE note SET body = 'The black cat sat on the mat.'");
        bob.Run("UPDATE note SET body = 'The cat sat on the red mat.'");
        CounterTests.Exchange(alice, bob);
        Assert.Equal("The black cat sat on the red mat.", Body(bob));
    }

    [Fact]
    public void What_is_typed_at_one_place_at_the_same_time_is_not_mixed()
    {
        using var alice = Peer.New(Schema);
        using var bob = CounterTests.Started(alice, "INSERT INTO note VALUES(1, 't', '[]')");
        for (var i = 1; i <= 5; i++)
        {
            alice.Run($"UPDATE note SET body = '[{"hello"[..i]}]'");
            bob.Run($"UPDATE note SET body = '[{"WORLD"[^i..]}]'");
        }

        CounterTests.Exchange(alice, bob);
        Assert.Contains(Body(alice), new[] { "[helloWORLD]", "[WORLDhello]" });
    }

    [Fact]
    public void An_edit_beside_a_change_that_needs_the_whole_history_is_there_once_however_many_follow_it()
    {
        // A late change of the set is left to a fold of the whole row; the text's edit in the same record, and the next one that builds on it, are not.
        using var alice = Peer.New("CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT, tags TEXT)", "SELECT threads_merge('note', 'body', 'text')", "SELECT threads_merge('note', 'tags', 'set')");
        using var bob = CounterTests.Started(alice, "INSERT INTO note VALUES(1, 'one', '[]')");
        alice.Run("UPDATE note SET body = 'one two'");
        alice.SendTo(bob);
        bob.Run("UPDATE note SET body = 'one two and much more', tags = '[1]'", "UPDATE note SET body = 'one two and'");
        alice.Run("UPDATE note SET body = 'zero one two', tags = '[2]'");

        CounterTests.Exchange(alice, bob);

        Assert.Equal("zero one two and", Body(alice));
        Assert.Equal(alice.Digest, bob.Digest);
    }

    [Fact]
    public void Functions_of_sql_count_as_the_edits_they_make()
    {
        using var alice = Peer.New(Schema);
        using var bob = CounterTests.Started(alice, "INSERT INTO note VALUES(1, 't', 'one two')");
        alice.Run("UPDATE note SET body = replace(body, 'one', '1')");
        bob.Run("UPDATE note SET body = body || ' three'");
        CounterTests.Exchange(alice, bob);
        Assert.Equal("1 two three", Body(bob));
    }

    [Fact]
    public void Three_who_edit_apart_end_with_one_text_whoever_hears_of_whom_first()
    {
        using var alice = Peer.New(Schema);
        using var bob = CounterTests.Started(alice, "INSERT INTO note VALUES(1, 't', 'abcdef')");
        using var carol = CounterTests.Started(alice, "UPDATE note SET title = 'u'");
        alice.Run("UPDATE note SET body = 'ab1cdef'", "UPDATE note SET body = 'ab1cdef2'");
        bob.Run("UPDATE note SET body = 'abef'");
        carol.Run("UPDATE note SET body = 'abcXdef'");
        carol.SendTo(bob);
        bob.Run("UPDATE note SET body = body || '!'");
        alice.SendTo(carol);
        carol.Run("UPDATE note SET body = '>' || body");
        CounterTests.Exchange(carol, alice, bob);
        Assert.Equal(6 + 5 - 2, Body(alice).Length);
        Assert.StartsWith(">ab1", Body(alice), StringComparison.Ordinal);
        Assert.Contains("X", Body(alice), StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_that_comes_late_takes_its_place()
    {
        using var alice = Peer.New(Schema);
        using var bob = CounterTests.Started(alice, "INSERT INTO note VALUES(1, 't', 'ac')");
        using var carol = CounterTests.Started(alice, "UPDATE note SET title = 'u'");
        bob.Run("UPDATE note SET body = 'abc'");
        bob.SendTo(alice);
        alice.Run("UPDATE note SET body = 'abcd'");

        // What alice builds on is not there: her edit waits for bob's.
        carol.Import(alice.Export(since: bob));
        Assert.Equal("ac", Body(carol));
        carol.Run("UPDATE note SET body = '0ac'");
        bob.SendTo(carol);
        Assert.Equal("0abcd", Body(carol));
        CounterTests.Exchange(alice, bob, carol);
    }

    [Fact]
    public void A_delete_beats_edits_that_did_not_see_it()
    {
        using var alice = Peer.New(Schema);
        using var bob = CounterTests.Started(alice, "INSERT INTO note VALUES(1, 't', 'text')");
        alice.Run("DELETE FROM note");
        bob.Run("UPDATE note SET body = 'longer text'");
        CounterTests.Exchange(alice, bob);
        Assert.Equal(0, bob.One<long>("SELECT count(*) FROM note"));
    }

    [Fact]
    public void A_row_made_anew_begins_a_text_anew()
    {
        using var alice = Peer.New(Schema);
        using var bob = CounterTests.Started(alice, "INSERT INTO note VALUES(1, 't', 'old')");
        bob.Run("UPDATE note SET body = 'old and late'");
        alice.Run("DELETE FROM note", "INSERT INTO note VALUES(1, 't', 'new')");
        CounterTests.Exchange(alice, bob);
        Assert.Equal("new", Body(bob));
        alice.Run("UPDATE note SET body = 'newer'");
        bob.Run("UPDATE note SET body = 'so new'");
        CounterTests.Exchange(alice, bob);
        Assert.Equal("so newer", Body(alice));
    }

    [Fact]
    public void Null_is_the_empty_text_to_edits_and_assigning_it_wins_by_time()
    {
        using var alice = Peer.New(Schema);
        using var bob = CounterTests.Started(alice, "INSERT INTO note VALUES(1, 't', NULL)");
        alice.Run("UPDATE note SET body = 'a'");
        bob.Run("UPDATE note SET body = 'b'");
        CounterTests.Exchange(alice, bob);
        Assert.Equal(2, Body(alice).Length);
        alice.Run("UPDATE note SET body = body || '!'");
        bob.Run("UPDATE note SET body = NULL");
        CounterTests.Exchange(alice, bob);
        Assert.Null(alice.One<string?>("SELECT body FROM note"));
    }

    [Fact]
    public void A_row_that_was_made_without_the_column_begins_with_its_default()
    {
        using var alice = Peer.New(Schema[0].Replace(", body TEXT DEFAULT 'new'", "", StringComparison.Ordinal));
        using var bob = CounterTests.Started(alice, "INSERT INTO note VALUES(1, 't')");
        foreach (var peer in new[] { alice, bob })
        {
            peer.Run("ALTER TABLE note ADD COLUMN body TEXT DEFAULT 'new'", Schema[1]);
        }

        alice.Run("UPDATE note SET body = 'a new'");
        bob.Run("UPDATE note SET body = 'new day'");
        CounterTests.Exchange(alice, bob);
        Assert.Equal("a new day", Body(alice));
    }

    [Fact]
    public void What_is_no_text_is_assigned()
    {
        using var alice = Peer.New(Schema);
        using var bob = CounterTests.Started(alice, "INSERT INTO note VALUES(1, 't', 'a')");
        alice.Run("UPDATE note SET body = x'00ff'");
        bob.Run("UPDATE note SET body = CAST(x'ff' AS TEXT)");
        CounterTests.Exchange(alice, bob);
        alice.Run("UPDATE note SET body = 'a text'");
        CounterTests.Exchange(alice, bob);
        Assert.Equal("a text", Body(bob));
    }

    [Fact]
    public void A_rolled_back_edit_leaves_nothing()
    {
        using var alice = Peer.New(Schema);
        using var bob = CounterTests.Started(alice, "INSERT INTO note VALUES(1, 't', 'abc')");
        alice.Connection.Run("BEGIN; UPDATE note SET body = 'abcd'; SAVEPOINT s; UPDATE note SET body = 'abcde'; ROLLBACK TO s; UPDATE note SET body = 'abcdf'; COMMIT");
        alice.Connection.Run("BEGIN; UPDATE note SET body = 'nothing'; ROLLBACK");
        bob.Run("UPDATE note SET body = '0abc'");
        CounterTests.Exchange(alice, bob);
        Assert.Equal("0abcdf", Body(bob));
    }

    [Fact]
    public void Recorded_edits_count_and_not_the_difference()
    {
        using var alice = Peer.New(Schema);
        using var bob = CounterTests.Started(alice, "INSERT INTO note VALUES(1, 't', 'aa')");

        // The shortest difference would be an "a" at the end; what was done is an "a" in front.
        var text = new ThreadText("aa");
        text.Insert(0, "a");
        alice.Connection.Thread.RecordEdits(text);
        alice.Connection.Execute("UPDATE note SET body = @text", new { text = text.ToString() });
        text.AcceptEdits();
        bob.Run("UPDATE note SET body = 'a-a'");
        CounterTests.Exchange(alice, bob);
        Assert.Equal("aa-a", Body(bob));
    }

    [Fact]
    public void Edits_of_an_older_text_are_merged_with_what_arrived_in_between()
    {
        using var alice = Peer.New(Schema);
        using var bob = CounterTests.Started(alice, "INSERT INTO note VALUES(1, 't', 'one two')");
        var text = new ThreadText(Body(alice));
        text.Append(" three");
        bob.Run("UPDATE note SET body = 'zero one two'");
        bob.SendTo(alice);
        alice.Connection.Thread.RecordEdits(text);
        alice.Connection.Execute("UPDATE note SET body = @text", new { text = text.ToString() });
        Assert.Equal("zero one two three", Body(alice));
        alice.Connection.Thread.RecordChange("one two three", "one 2 three");
        alice.Run("UPDATE note SET body = 'one 2 three'");
        CounterTests.Exchange(alice, bob);
        Assert.Equal("zero one 2 three", Body(bob));
    }

    [Fact]
    public void An_older_text_that_is_written_back_unchanged_but_recorded_undoes_nothing()
    {
        using var alice = Peer.New(Schema);
        using var bob = CounterTests.Started(alice, "INSERT INTO note VALUES(1, 't', 'one')");
        bob.Run("UPDATE note SET body = 'one two'");
        bob.SendTo(alice);
        alice.Connection.Thread.RecordChange("one", "one");
        alice.Run("UPDATE note SET body = 'one'");
        Assert.Equal("one two", Body(alice));
        CounterTests.Exchange(alice, bob);
    }

    [Fact]
    public void Pairs_and_clusters_stay_whole()
    {
        using var alice = Peer.New(Schema);
        using var bob = CounterTests.Started(alice, "INSERT INTO note VALUES(1, 't', 'a😀b')");
        alice.Run("UPDATE note SET body = 'a😁b'");
        bob.Run("UPDATE note SET body = 'a😂b'");
        CounterTests.Exchange(alice, bob);
        Assert.Equal(2 + 4, Body(bob).Length);
        Assert.DoesNotContain('\uFFFD', Body(bob));
    }

    [Fact]
    public void A_linear_history_loads_nothing_and_stores_little()
    {
        using var alice = Peer.New(Schema);
        using var bob = CounterTests.Started(alice, "INSERT INTO note VALUES(1, 't', '')");
        var before = alice.One<long>("SELECT sum(size_bytes) FROM threads_records");
        const int commits = 40;
        var body = "";
        for (var i = 0; i < commits; i++)
        {
            body += string.Concat(Enumerable.Range(0, 50).Select(k => (char)('a' + (i * 7 + k) % 26)));
            alice.Run($"UPDATE note SET body = '{body}'");
        }

        alice.SendTo(bob);
        Assert.Equal(body, Body(bob));
        var perCommit = (alice.One<long>("SELECT sum(size_bytes) FROM threads_records") - before) / commits;
        Assert.InRange(perCommit, 50, 500);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Edits_side_by_side_after_a_long_history_merge_as_a_rebuild_merges_them(int seed)
    {
        var random = new Random(seed);
        using var alice = Peer.New(Schema);
        using var bob = CounterTests.Started(alice, "INSERT INTO note VALUES(1, 't', 'start')");
        using var carol = CounterTests.Started(alice, "UPDATE note SET title = 'u'");
        for (var i = 0; i < 100; i++)
        {
            alice.Run($"UPDATE note SET body = body || '{i} '");
        }

        Peer[] peers = [alice, bob, carol];
        alice.SendTo(bob);
        alice.SendTo(carol);
        for (var round = 0; round < 60; round++)
        {
            var peer = random.Next(3);
            var at = random.Next(60);
            peers[peer].Run(random.Next(4) == 0
                ? $"UPDATE note SET body = substr(body, 1, {at}) || substr(body, {at + 1 + random.Next(9)})"
                : $"UPDATE note SET body = substr(body, 1, {at}) || '{(char)('a' + peer)}{round}' || substr(body, {at + 1})");
            if (random.Next(2) == 0)
            {
                peers[random.Next(3)].SendTo(peers[random.Next(3)]);
            }
        }

        CounterTests.Exchange(peers);
    }

    private static string Body(Peer peer) => peer.One<string>("SELECT body FROM note");
}
