using Dapper;

namespace Threads.Data.Tests.Access;

/// <summary>Roles and lists as users meet them: at the writer, at every reader, in every order of arrival (T-ACL-1 to T-ACL-7).</summary>
public sealed class AccessTests
{
    private const string Notes = "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)";
    private const string Invoices = "CREATE TABLE invoice(id INTEGER PRIMARY KEY, total INTEGER)";

    [Fact]
    public void A_thread_is_its_owners_until_he_grants_T_ACL_2()
    {
        using var alice = Peer.Owner(Notes);
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        using var bob = alice.Join();
        alice.SendTo(bob);

        Assert.True(alice.Connection.Access is { IsControlled: true, IsAdmin: true });
        Assert.False(bob.Connection.Access.IsAdmin);
        Assert.Equal("hers", bob.One<string>("SELECT a FROM n"));
        var denied = Assert.Throws<ThreadsException>(() => bob.Run("INSERT INTO n VALUES(2, 'his')"));
        Assert.Equal(ThreadsErrorCode.AccessDenied, denied.ThreadsErrorCode);
        Assert.Contains("'write'", denied.Message);
        Assert.Contains("row 2 of table 'n'", denied.Message);
        Assert.Equal(1, bob.One<long>("SELECT count(*) FROM n"));

        alice.Connection.Access.Grant(bob.Connection.Thread.Identity, ThreadRoles.Write);
        alice.SendTo(bob);
        bob.Run("INSERT INTO n VALUES(2, 'his')", "UPDATE n SET a = 'his too' WHERE id = 1");
        bob.SendTo(alice);

        Assert.Equal("his too,his", alice.One<string>("SELECT group_concat(a) FROM (SELECT a FROM n ORDER BY id)"));
        Assert.Equal(ThreadsErrorCode.AccessDenied, Assert.Throws<ThreadsException>(() => bob.Run("DELETE FROM n WHERE id = 1")).ThreadsErrorCode);
        Sound(alice, bob);
    }

    [Fact]
    public void What_a_peer_writes_that_cheats_is_in_no_view_and_is_listed_with_its_reason_T_ACL_7()
    {
        using var alice = Peer.Owner(Notes);
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        using var mallory = new Pipeline.Forger(alice);
        var opening = mallory.Opening(Pipeline.AccessForger.Now(alice));
        var row = mallory.Row(opening, 2, Pipeline.AccessForger.Now(alice) + 1_000_000, 7, "forged");

        alice.Import(Pipeline.Forger.File(opening, row));

        Assert.Equal("1", alice.One<string>("SELECT group_concat(id) FROM n"));
        Assert.Equal("n|7|write|role|2", alice.One<string>("SELECT table_name || '|' || row_key || '|' || role || '|' || reason || '|' || position FROM threads_refused"));
        Sound(alice);
    }

    [Fact]
    public void A_grant_that_arrives_after_the_write_it_allows_lets_it_in_and_a_revocation_takes_out_what_its_author_had_not_seen_T_ACL_5()
    {
        using var alice = Peer.Owner(Notes);
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        using var bob = alice.Join();
        using var carol = alice.Join();
        alice.SendTo(bob);
        alice.SendTo(carol);
        alice.Connection.Access.Grant(bob.Connection.Thread.Identity, ThreadRoles.Write);
        alice.SendTo(bob);
        bob.Run("UPDATE n SET a = 'seen' WHERE id = 1", "INSERT INTO n VALUES(2, 'seen')");
        bob.SendTo(alice);
        bob.Run("UPDATE n SET a = 'unseen' WHERE id = 1", "INSERT INTO n VALUES(3, 'unseen')");
        var mine = new MemoryStream();
        bob.Connection.Thread.Export(mine, alice.Connection.Thread.Heads);

        // Bob's records alone: their grant is not here yet.
        carol.Import(Only(bob, carol));
        Assert.Equal("1:hers", Rows(carol));
        Assert.Equal(4, carol.One<long>("SELECT count(*) FROM threads_refused WHERE reason = 'role'"));

        alice.SendTo(carol);
        Assert.Equal("1:unseen,2:seen,3:unseen", Rows(carol));
        Assert.Equal(0, carol.One<long>("SELECT count(*) FROM threads_refused"));

        alice.Connection.Access.Revoke(bob.Connection.Thread.Identity, ThreadRoles.Write);
        alice.SendTo(carol);
        Assert.Equal("1:seen,2:seen", Rows(carol));
        carol.SendTo(alice);
        Assert.Equal("1:seen,2:seen", Rows(alice));
        alice.SendTo(bob);
        Assert.Equal("1:seen,2:seen", Rows(bob));
        Assert.Equal(2, bob.One<long>("SELECT count(*) FROM threads_refused"));
        Assert.Equal(ThreadsErrorCode.AccessDenied, Assert.Throws<ThreadsException>(() => bob.Run("INSERT INTO n VALUES(4, 'more')")).ThreadsErrorCode);
        Sound(alice, bob, carol);
    }

    [Fact]
    public void A_table_with_a_list_of_its_own_narrows_and_a_row_narrows_further_T_ACL_1()
    {
        using var alice = Peer.Owner(Notes, Invoices);
        using var bob = alice.Join();
        using var carol = alice.Join();
        var (b, c) = (bob.Connection.Thread.Identity, carol.Connection.Thread.Identity);
        alice.Run("INSERT INTO n VALUES(1, 'hers'), (2, 'hers')", "INSERT INTO invoice VALUES(1, 100)");
        alice.Connection.Access.Grant(ThreadPrincipal.Everybody, ThreadRoles.Write | ThreadRoles.Delete);
        alice.Connection.Access.AddMember("accounting", c);
        alice.Connection.Access.Grant("accounting", ThreadRoles.Write, "invoice");
        alice.Connection.Access.Grant(b, ThreadRoles.Write, "n", 2);
        alice.SendTo(bob);
        alice.SendTo(carol);

        bob.Run("UPDATE n SET a = 'b' WHERE id = 1", "UPDATE n SET a = 'b' WHERE id = 2");
        carol.Run("INSERT INTO invoice VALUES(2, 50)", "DELETE FROM n WHERE id = 1");
        Assert.Contains("table 'invoice'", Assert.Throws<ThreadsException>(() => bob.Run("UPDATE invoice SET total = 0")).Message);
        Assert.Contains("row 2 of table 'n'", Assert.Throws<ThreadsException>(() => carol.Run("UPDATE n SET a = 'c' WHERE id = 2")).Message);
        Assert.Equal(ThreadRoles.None, bob.Connection.Access.RolesOf(b, "invoice"));
        Assert.Equal(ThreadRoles.Write | ThreadRoles.Read | ThreadRoles.Replicate, carol.Connection.Access.RolesOf(c, "invoice"));
        Assert.Equal(
            ["thread||*|write delete", "collection|invoice|accounting|write", "collection|invoice|*|no-access", "entity|n|" + b + "|write", "entity|n|*|no-access"],
            bob.Connection.Query<string>("SELECT level || '|' || coalesce(table_name, '') || '|' || principal || '|' || roles FROM threads_access WHERE roles <> 'admin' ORDER BY level = 'entity', level = 'collection', principal = '*'"));
        Assert.Equal("accounting|" + c, bob.One<string>("SELECT name || '|' || member FROM threads_groups"));

        bob.SendTo(alice);
        carol.SendTo(alice);
        alice.SendTo(bob);
        alice.SendTo(carol);
        Sound(alice, bob, carol);
    }

    [Theory]
    [InlineData("threads_access")]
    [InlineData("threads_groups")]
    [InlineData("threads_capabilities")]
    [InlineData("threads_invites")]
    [InlineData("threads_joins")]
    [InlineData("threads_refused")]
    public void What_shows_the_lists_can_not_be_dropped(string view)
    {
        using var alice = Peer.Owner(Notes);
        Assert.Equal(ThreadsErrorCode.InternalTable, Assert.Throws<ThreadsException>(() => alice.Run($"DROP VIEW {view}")).ThreadsErrorCode);
        Assert.InRange(alice.One<long>($"SELECT count(*) FROM {view}"), 0, 1);
    }

    [Fact]
    public void An_event_on_many_rows_that_is_refused_for_all_is_one_line_whenever_the_lists_come_I7()
    {
        using var alice = Peer.Owner(Notes);
        using var bob = alice.Join();
        using var carol = alice.Join();
        var b = bob.Connection.Thread.Identity;
        alice.Run("WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 400) INSERT INTO n SELECT i, 'hers' FROM s");
        alice.Connection.Access.Grant(ThreadPrincipal.Everybody, ThreadRoles.Read);
        alice.SendTo(carol);
        alice.Connection.Access.Grant(b, ThreadRoles.Write);
        alice.SendTo(bob);
        bob.Run("UPDATE n SET a = 'his'");
        carol.Import(Only(bob, carol));
        Assert.Equal("n||write|role", carol.One<string>("SELECT table_name || '|' || coalesce(row_key, '') || '|' || role || '|' || reason FROM threads_refused"));
        Assert.Equal(400, carol.One<long>("SELECT count(*) FROM n WHERE a = 'hers'"));
        Assert.Equal(1, carol.One<long>("SELECT count(*) FROM threads_refused"));

        alice.SendTo(carol);
        Assert.Equal(0, carol.One<long>("SELECT count(*) FROM threads_refused"));
        Assert.Equal(400, carol.One<long>("SELECT count(*) FROM n WHERE a = 'his'"));

        // For some rows only, then for all again by a list of theirs and the thread's: one line again.
        alice.Connection.Access.Restrict("n", 7);
        alice.Connection.Access.Restrict("n", 8);
        alice.SendTo(carol);
        Assert.Equal("7,8", carol.One<string>("SELECT group_concat(row_key) FROM threads_refused"));
        alice.Connection.Access.Revoke(b, rotateKeys: false);
        alice.SendTo(carol);
        Assert.Equal(1, carol.One<long>("SELECT count(*) FROM threads_refused"));
        Assert.Equal(400, carol.One<long>("SELECT count(*) FROM n WHERE a = 'hers'"));
        bob.SendTo(alice);
        Assert.Equal(State(alice), State(carol));
        Sound(alice, carol);
    }

    [Fact]
    public void An_update_of_many_rows_counts_for_those_it_may_change()
    {
        using var alice = Peer.Owner(Notes);
        using var bob = alice.Join();
        var b = bob.Connection.Thread.Identity;
        alice.Run("WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 40) INSERT INTO n SELECT i, 'hers' FROM s");
        alice.Connection.Access.Grant(b, ThreadRoles.Write);
        alice.SendTo(bob);
        bob.Run("UPDATE n SET a = 'his'");
        alice.Connection.Access.Restrict("n", 7);
        bob.SendTo(alice);

        Assert.Equal("7", alice.One<string>("SELECT group_concat(id) FROM n WHERE a = 'hers'"));
        Assert.Equal("7|role", alice.One<string>("SELECT row_key || '|' || reason FROM threads_refused"));
        alice.Connection.Access.Unrestrict("n", 7);
        alice.SendTo(bob);
        Assert.Equal("7", bob.One<string>("SELECT group_concat(id) FROM n WHERE a = 'hers'"));
        bob.Run("UPDATE n SET a = 'now' WHERE id = 7");
        bob.SendTo(alice);
        Assert.Equal("now", alice.One<string>("SELECT a FROM n WHERE id = 7"));
        Sound(alice, bob);
    }

    [Fact]
    public void A_raw_thread_has_no_lists_and_says_so_T_ACL_10()
    {
        using var alice = Peer.New(Notes);
        using var bob = alice.Join();
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        alice.SendTo(bob);
        bob.Run("UPDATE n SET a = 'his'");
        bob.SendTo(alice);

        Assert.Equal("his", alice.One<string>("SELECT a FROM n"));
        Assert.False(alice.Connection.Access.IsControlled);
        Assert.Equal(ThreadsErrorCode.AccessChange, Assert.Throws<ThreadsException>(() => alice.Connection.Access.Grant("g", ThreadRoles.Read)).ThreadsErrorCode);
        Assert.Equal(0, alice.One<long>("SELECT count(*) FROM threads_access"));
    }

    [Fact]
    public void A_change_by_who_is_no_admin_is_refused_here_and_has_no_effect_elsewhere_T_ACL_6()
    {
        using var alice = Peer.Owner(Notes);
        using var bob = alice.Join();
        var b = bob.Connection.Thread.Identity;
        alice.Run("INSERT INTO n VALUES(1, 'hers')");
        alice.Connection.Access.Grant(b, ThreadRoles.Write);
        alice.SendTo(bob);

        var denied = Assert.Throws<ThreadsException>(() => bob.Connection.Access.Grant(b, ThreadRoles.Admin));
        Assert.Equal(ThreadsErrorCode.AccessDenied, denied.ThreadsErrorCode);
        Assert.Equal(ThreadsErrorCode.AccessDenied, Assert.Throws<ThreadsException>(() => alice.Connection.Access.Revoke(alice.Connection.Thread.Identity)).ThreadsErrorCode);
        Assert.Equal(ThreadsErrorCode.AccessChange, Assert.Throws<ThreadsException>(() => alice.Connection.Access.Grant("g", ThreadRoles.Admin)).ThreadsErrorCode);
        Assert.Equal(ThreadsErrorCode.AccessChange, Assert.Throws<ThreadsException>(() => alice.Connection.Access.Grant(b, ThreadRoles.Read, "nothing")).ThreadsErrorCode);
        Assert.Equal(ThreadsErrorCode.AccessChange, Assert.Throws<ThreadsException>(() => alice.Connection.Access.Revoke(b, ThreadRoles.Write, "n")).ThreadsErrorCode);
        Assert.Equal(ThreadsErrorCode.AccessChange, Assert.Throws<ThreadsException>(() => alice.Connection.Access.Grant("a\nb", ThreadRoles.Read)).ThreadsErrorCode);
        Assert.Equal(3, alice.One<long>("SELECT max(position) FROM threads_records WHERE log = 1") - 1);
        Sound(alice, bob);
    }

    private static string Rows(Peer peer) => peer.One<string>("SELECT group_concat(id || ':' || a) FROM (SELECT * FROM n ORDER BY id)");

    /// <summary>What a peer's own log has that the other lacks; nothing of other logs.</summary>
    private static byte[] Only(Peer from, Peer to)
    {
        var theirs = to.Connection.Thread.Heads.Heads;
        var others = from.Connection.Thread.Heads.Heads.Where(h => h.PublicKey != Convert.ToHexStringLower(from.Connection.Thread.LogId.PublicKey));
        using var stream = new MemoryStream();
        from.Connection.Thread.Export(stream, new Logs.ThreadHeads([.. theirs, .. others]));
        return stream.ToArray();
    }

    /// <summary>Tables, lists and refusals are what a rebuild makes of the records, and all peers have the same.</summary>
    [Fact]
    public void A_rebuild_folds_each_event_once_though_a_list_came_and_went_before_it_I2()
    {
        using var alice = Peer.Owner("CREATE TABLE t(id INTEGER PRIMARY KEY, hits INTEGER NOT NULL DEFAULT 0)", "SELECT threads_merge('t', 'hits', 'counter')");
        alice.Run("INSERT INTO t VALUES(5, 0)");
        alice.Connection.Access.Grant(ThreadPrincipal.Everybody, ThreadRoles.Write);
        using var bob = alice.Join();
        alice.SendTo(bob);
        alice.Connection.Access.Restrict("t");
        bob.Run("INSERT INTO t VALUES(6, 1)");
        alice.Connection.Access.Unrestrict("t");
        alice.SendTo(bob);
        bob.Run("UPDATE t SET hits = hits + 7 WHERE id = 5", "UPDATE t SET hits = hits - 9 WHERE id = 5");
        bob.SendTo(alice);

        Assert.Equal(-2, alice.One<long>("SELECT hits FROM t WHERE id = 5"));
        Sound(alice, bob);
        Assert.Equal(-2, alice.One<long>("SELECT hits FROM t WHERE id = 5"));
    }

    internal static void Sound(params Peer[] peers)
    {
        foreach (var peer in peers)
        {
            var before = State(peer);
            peer.Connection.Thread.RebuildViews();
            Assert.Equal(before, State(peer));
            Assert.True(peer.Connection.Thread.Verify().IsSound);
        }
    }

    internal static string State(Peer peer) => peer.Digest + "\n" + string.Join('\n', peer.Connection.Query<string>(
        """
        SELECT 'list ' || level || coalesce(collection, '') || coalesce(quote(row_key), '') || principal || roles FROM threads_access
        UNION ALL SELECT 'group ' || name || member FROM threads_groups
        UNION ALL SELECT 'refused ' || coalesce(collection || quote(row_key), '') || role || reason || identity || position || time FROM threads_refused
        ORDER BY 1
        """));
}
