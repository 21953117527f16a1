using Dapper;
using Microsoft.Data.Sqlite;
using Threads.Data.Storage;
using Threads.Data.Tests.Merging;

namespace Threads.Data.Tests.Pipeline;

/// <summary>Two records at one position of one log (I5): both count, everybody sees it, and the one whose log it is goes on in another.</summary>
public sealed class ForkTests : IDisposable
{
    private const string Forks = "SELECT public_key || position || hex(cid) || records FROM threads_forks ORDER BY 1";

    private readonly string _folder = Directory.CreateTempSubdirectory("threads-forks-").FullName;

    public void Dispose()
    {
        ThreadsConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_copy_that_nobody_noticed_is_found_at_first_contact_both_branches_count_and_writing_goes_on_in_a_new_log()
    {
        var (file, copy) = (Path.Combine(_folder, "a.db"), Path.Combine(_folder, "copy.db"));
        using (var first = Peer.At(file, "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)"))
        {
            first.Run("INSERT INTO n VALUES(1, 'before')");
        }

        CopyUnnoticed(file, copy);
        using var here = Peer.At(file);
        using var there = Peer.At(copy);
        here.Run("INSERT INTO n VALUES(2, 'here')");
        there.Run("INSERT INTO n VALUES(3, 'there')");

        var result = there.SendTo(here);

        Assert.True(result.OwnLogForked);
        Assert.Equal(1, result.Forks);
        Assert.Equal("1,2,3", here.One<string>("SELECT group_concat(id) FROM (SELECT id FROM n ORDER BY id)"));
        Assert.Equal(2, here.One<long>("SELECT count(*) FROM threads_forks WHERE is_own AND position = 3 AND records = 1"));
        here.Run("INSERT INTO n VALUES(4, 'in a log of its own')");
        Assert.Equal(2, here.One<long>("SELECT count(DISTINCT public_key) FROM threads_logs"));
        Assert.Equal(2, here.One<long>("SELECT sum(records) FROM threads_forks"));

        Assert.True(here.SendTo(there).OwnLogForked);
        there.Run("INSERT INTO n VALUES(5, 'here too')");
        there.SendTo(here);
        here.SendTo(there);
        Assert.Equal(here.Digest, there.Digest);
        Assert.Equal(here.Connection.Query<string>(Forks), there.Connection.Query<string>(Forks));
        Assert.True(here.Connection.Thread.Verify().IsSound);
        Rebuilt(here);
    }

    [Fact]
    public void A_log_that_a_file_and_its_snapshot_of_before_both_began_has_two_branches_from_the_first_record_on()
    {
        var (file, copy) = (Path.Combine(_folder, "a.db"), Path.Combine(_folder, "copy.db"));
        Peer.At(file, "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)").Dispose();
        CopyUnnoticed(file, copy);
        using var here = Peer.At(file);
        using var there = Peer.At(copy);
        here.Run("INSERT INTO n VALUES(1, 'here')", "INSERT INTO n VALUES(2, 'here')");
        there.Run("INSERT INTO n VALUES(3, 'there')");
        using var first = here.Join(["CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)"]);
        using var second = here.Join(["CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)"]);

        here.SendTo(first);
        there.SendTo(second);
        Assert.Equal(1, there.SendTo(first).Forks);
        Assert.Equal(1, here.SendTo(second).Forks);
        Assert.True(there.SendTo(here).OwnLogForked);
        Assert.True(here.SendTo(there).OwnLogForked);
        here.Run("INSERT INTO n VALUES(4, 'in a log of its own')");
        there.Run("INSERT INTO n VALUES(5, 'in another one')");
        Peer[] all = [here, there, first, second];
        CounterTests.Exchange(all);

        foreach (var peer in all)
        {
            Assert.Equal("1,2,3,4,5", peer.One<string>("SELECT group_concat(id) FROM (SELECT id FROM n ORDER BY id)"));
            Assert.Equal([2, 3], peer.Connection.Query<long>("SELECT records FROM threads_forks WHERE position = 1 ORDER BY records"));
            Assert.Equal(3, peer.One<long>("SELECT count(DISTINCT public_key) FROM threads_logs"));
            Assert.Equal(here.Connection.Query<string>(Forks), peer.Connection.Query<string>(Forks));
            Assert.Equal(here.Digest, peer.Digest);
            Assert.True(peer.Connection.Thread.Verify().IsSound);
            Rebuilt(peer);
        }

        // What is known stays known, whatever comes again.
        Assert.Equal(0, there.SendTo(first).Added);
        Assert.Equal(0, first.Import(second.Export()).Added);
    }

    [Fact]
    public void A_file_that_meets_its_own_log_before_it_wrote_anything_writes_another_one()
    {
        var (file, copy) = (Path.Combine(_folder, "a.db"), Path.Combine(_folder, "copy.db"));
        Peer.At(file, "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)").Dispose();
        CopyUnnoticed(file, copy);
        using var here = Peer.At(file);
        using var there = Peer.At(copy);
        here.Run("INSERT INTO n VALUES(1, 'here')");

        Assert.True(here.SendTo(there).OwnLogForked);
        there.Run("INSERT INTO n VALUES(2, 'there')");
        Assert.False(there.SendTo(here).OwnLogForked);
        here.SendTo(there);

        Assert.Equal(here.Digest, there.Digest);
        Assert.Equal(2, there.One<long>("SELECT count(DISTINCT public_key) FROM threads_logs"));
        Assert.Equal(0, there.One<long>("SELECT count(*) FROM threads_forks"));
    }

    [Fact]
    public void A_fork_behind_a_fork_counts_the_same_whichever_came_first()
    {
        var paths = Enumerable.Range(0, 3).Select(i => Path.Combine(_folder, $"{i}.db")).ToArray();
        using (var peer = Peer.At(paths[0], "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)"))
        {
            peer.Run("INSERT INTO n VALUES(1, 'a')");
        }

        CopyUnnoticed(paths[0], paths[1]);
        using (var peer = Peer.At(paths[0]))
        {
            peer.Run("INSERT INTO n VALUES(2, 'b')");
        }

        CopyUnnoticed(paths[0], paths[2]);
        var peers = Array.ConvertAll(paths, path => Peer.At(path));
        try
        {
            peers[0].Run("INSERT INTO n VALUES(3, 'c')", "INSERT INTO n VALUES(4, 'd')");
            peers[1].Run("INSERT INTO n VALUES(5, 'e')");
            peers[2].Run("INSERT INTO n VALUES(6, 'f')");
            CounterTests.Exchange(peers);

            Assert.All(peers, p => Assert.Equal(peers[0].Connection.Query<string>(Forks), p.Connection.Query<string>(Forks)));
            Assert.Equal([1L, 1, 2, 4], peers[0].Connection.Query<long>("SELECT records FROM threads_forks ORDER BY records"));
        }
        finally
        {
            Array.ForEach(peers, p => p.Dispose());
        }
    }

    [Fact]
    public void An_opening_that_nothing_follows_is_no_branch()
    {
        using var alice = ImportBadInputTests.Small();
        using var bob = alice.Join();
        alice.SendTo(bob);

        // It comes to nothing, but for the log it would have stood in.
        bob.Run("BEGIN", "INSERT INTO n VALUES(7, 'here')", "DELETE FROM n WHERE id = 7", "COMMIT");
        Assert.Equal(1, bob.One<long>("SELECT count(*) FROM _threads_record WHERE id >> 40 = (SELECT id FROM _threads_log WHERE own)"));
        using var thief = new Forger(bob, ofPeer: true);
        var time = bob.One<long>("SELECT max(time) FROM threads_records") + 5_000;
        var opening = thief.Opening(time);
        var file = Forger.File(opening, thief.Row(opening, 2, time + 5_000, 8, "elsewhere"));

        Assert.True(bob.Import(file).OwnLogForked);
        alice.Import(file);
        bob.Run("INSERT INTO n VALUES(9, 'in a log of its own')");
        bob.SendTo(alice);

        Assert.Empty(bob.Connection.Query<string>(Forks));
        Assert.Empty(alice.Connection.Query<string>(Forks));
        Assert.Equal(alice.Digest, bob.Digest);
        Rebuilt(bob);
    }

    [Fact]
    public void Who_asked_how_far_the_logs_are_and_then_wrote_knows_his_own_records_when_they_come_back()
    {
        var file = Path.Combine(_folder, "a.db");
        using var here = Peer.At(file, "CREATE TABLE n(id INTEGER PRIMARY KEY)");
        using var other = Peer.At(file);
        here.Run("INSERT INTO n VALUES(1)");
        Assert.Equal(2, Assert.Single(here.Connection.Thread.Heads.Heads).Counter);
        here.Run("INSERT INTO n VALUES(2)");

        var result = here.Import(other.Export());

        Assert.Equal((0L, 3L), (result.Added, result.Known));
        here.Run("INSERT INTO n VALUES(3)");
        Assert.Equal(4, Assert.Single(here.Connection.Thread.Heads.Heads).Counter);
    }

    [Fact]
    public void A_peer_who_forks_on_purpose_is_shown_and_every_honest_peer_folds_both_branches()
    {
        using var alice = ImportBadInputTests.Small();
        using var liar = new Forger(alice, ofPeer: true);
        using var bob = alice.Join();
        using var carol = alice.Join();
        var (opening, second) = (Forger.Stored(alice, 1), Forger.Stored(alice, 2));
        var time = alice.One<long>("SELECT max(time) FROM threads_records") + 5_000;
        var toBob = Forger.File(opening, second, liar.Row(second, 3, time, 7, "told to bob"));
        var toCarol = Forger.File(opening, second, liar.Row(second, 3, time, 7, "told to carol"));
        bob.Import(toBob);
        carol.Import(toCarol);
        Assert.NotEqual(bob.Digest, carol.Digest);
        Assert.Empty(bob.Connection.Query<string>(Forks));

        var result = bob.SendTo(carol);
        carol.SendTo(bob);

        Assert.Equal((1, false), (result.Forks, result.OwnLogForked));
        Assert.Equal(bob.Digest, carol.Digest);
        Assert.Equal(2, bob.Connection.Query<string>(Forks).Count());
        Assert.Equal(bob.Connection.Query<string>(Forks), carol.Connection.Query<string>(Forks));
        Assert.Equal(0, bob.One<long>("SELECT count(*) FROM threads_forks WHERE is_own"));
        Assert.Equal(ThreadsErrorCode.InternalTable, Assert.Throws<ThreadsException>(() => bob.Run("DROP VIEW threads_forks")).ThreadsErrorCode);
        Rebuilt(bob);
    }

    [Fact]
    public void Who_has_what_two_name_has_each_branch_that_one_of_them_names()
    {
        var (log, other) = (new string('1', 64), new string('2', 64));
        Logs.ThreadHead Head(string key, long counter) => new(key, counter, Data.Ipld.Cid.ForDagCbor([(byte)counter]));
        var both = new Logs.ThreadHeads([Head(log, 9), Head(log, 4), Head(other, 2)]);

        Assert.Equal(new HashSet<Logs.ThreadHead> { Head(log, 9), Head(log, 4), Head(other, 3) }, Logs.ThreadHeads.Furthest(both, new([Head(log, 9), Head(other, 3)])).Heads.ToHashSet());
        Assert.Equal(new HashSet<Logs.ThreadHead> { Head(log, 9), Head(log, 4), Head(other, 2) }, Logs.ThreadHeads.Furthest(new([Head(log, 9)]), both).Heads.ToHashSet());
        Assert.Equal([Head(log, 9)], Logs.ThreadHeads.Furthest(new([Head(log, 9)]), new([Head(log, 4)])).Heads);
    }

    [Fact]
    public void A_thread_without_forks_lists_none()
    {
        using var alice = ImportBadInputTests.Small();
        using var bob = alice.Join();
        Assert.False(alice.SendTo(bob).OwnLogForked);
        Assert.Empty(bob.Connection.Query<string>(Forks));
    }

    private static void Rebuilt(Peer peer)
    {
        var before = peer.Digest;
        peer.Connection.Thread.RebuildViews();
        Assert.Equal(before, peer.Digest);
    }

    /// <summary>As a snapshot of a whole disk does: the copy believes to be the original.</summary>
    private static void CopyUnnoticed(string file, string copy)
    {
        ThreadsConnection.ClearAllPools();
        using (var plain = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            plain.Open();
            plain.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        }

        File.Copy(file, copy);
        using var moved = new SqliteConnection($"Data Source={copy};Pooling=False");
        moved.Open();
        moved.Execute("UPDATE _threads_meta SET value = @place WHERE name = 'place'", new { place = FileIdentity.Of(copy) });
    }
}
