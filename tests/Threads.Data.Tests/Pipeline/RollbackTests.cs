namespace Threads.Data.Tests.Pipeline;

/// <summary>What a transaction made and took back is not known after it, to whoever only reads either.</summary>
public sealed class RollbackTests
{
    [Fact]
    public void A_log_that_was_begun_in_a_transaction_that_came_to_nothing_is_not_known()
    {
        using var alice = Peer.New("CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT)");
        var pages = alice.One<long>("PRAGMA page_count");
        alice.Run($"PRAGMA max_page_count = {pages}");

        // The row has room, its record behind the log's opening has none.
        Assert.ThrowsAny<System.Data.Common.DbException>(() => alice.Run("INSERT INTO note VALUES(1, printf('%.3900c', 'x'))"));

        // Nothing has looked at the file since; found by the simulator behind a disk error.
        Assert.Null(alice.Connection.OpenSession().Core.OwnLog.Find());
        Assert.Empty(alice.Connection.Thread.Logs);
        alice.Run("PRAGMA max_page_count = 1000000", "INSERT INTO note VALUES(1, printf('%.3900c', 'x'))");
        Assert.Equal(2, Assert.Single(alice.Connection.Thread.Logs).Counter);
    }

    [Fact]
    public void A_key_for_a_new_log_that_came_to_nothing_signs_nothing()
    {
        using var alice = Peer.New("CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT)");
        alice.Run("INSERT INTO note VALUES(1, 'before')");
        var session = alice.Connection.OpenSession();
        session.Begin(deferred: false);
        session.Core.BeginLog();
        session.Rollback();
        alice.Run("INSERT INTO note VALUES(2, 'after')");

        Assert.Equal(3, Assert.Single(alice.Connection.Thread.Logs).Counter);
        Assert.True(alice.Connection.Thread.Verify().IsSound);
        using var bob = alice.Join();
        alice.SendTo(bob);
        Assert.Equal(2, bob.One<long>("SELECT count(*) FROM note"));
    }
}
