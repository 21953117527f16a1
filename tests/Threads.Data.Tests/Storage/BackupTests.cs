using Dapper;
using Microsoft.Data.Sqlite;

namespace Threads.Data.Tests.Storage;

public sealed class BackupTests : IDisposable
{
    private const string Schema = "CREATE TABLE n(id TEXT PRIMARY KEY, a TEXT)";

    private readonly string _folder = Directory.CreateTempSubdirectory("threads-backup-").FullName;

    public void Dispose()
    {
        foreach (var file in Directory.GetFiles(_folder, "*.db"))
        {
            Pools(file);
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(":memory:")]
    public async Task A_backup_opens_and_verifies_and_holds_what_was_committed(string? source)
    {
        using var alice = Peer.At(source ?? At("a.db"), Schema);
        alice.Run("INSERT INTO n VALUES('1', 'a')", "INSERT INTO n VALUES('2', 'b')");

        await alice.Connection.Thread.BackupAsync(At("b.db"));
        alice.Run("INSERT INTO n VALUES('3', 'later')");

        using var backup = Peer.At(At("b.db"));
        Assert.Equal(2, backup.One<long>("SELECT count(*) FROM n"));
        Assert.Equal(alice.Connection.Thread.Id, backup.Connection.Thread.Id);
        Assert.True(backup.Connection.Thread.Verify().IsSound);
        Assert.Empty(Directory.GetFiles(_folder, "*.part"));
    }

    [Fact]
    public void A_file_that_exists_is_not_replaced()
    {
        using var alice = Peer.At(At("a.db"), Schema);
        File.WriteAllText(At("kept"), "kept");

        Assert.Equal(ThreadsErrorCode.BackupTarget, Assert.Throws<ThreadsException>(() => alice.Connection.Thread.Backup(At("kept"))).ThreadsErrorCode);
        Assert.Equal("kept", File.ReadAllText(At("kept")));
    }

    [Fact]
    public void A_backup_within_a_transaction_is_refused()
    {
        using var alice = Peer.At(At("a.db"), Schema);
        using var transaction = alice.Connection.BeginTransaction();

        Assert.Equal(ThreadsErrorCode.Refused, Assert.Throws<ThreadsException>(() => alice.Connection.Thread.Backup(At("b.db"))).ThreadsErrorCode);
        Assert.False(File.Exists(At("b.db")));
    }

    [Theory]
    [InlineData("")]
    [InlineData(";Password=secret")]
    public void A_copied_file_goes_on_in_a_log_of_its_own(string more)
    {
        using var alice = Peer.At(At("a.db") + more, Schema);
        alice.Run("INSERT INTO n VALUES('1', 'before')");
        alice.Connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        File.Copy(At("a.db"), At("copy.db"));

        using (var copy = Peer.At(At("copy.db") + more))
        using (var second = Peer.At(At("copy.db") + more))
        {
            copy.Run("INSERT INTO n VALUES('2', 'copy')");
            second.Run("INSERT INTO n VALUES('3', 'copy, another connection')");
            copy.Run("INSERT INTO n VALUES('4', 'copy again')");
            alice.Run("INSERT INTO n VALUES('5', 'original')");
            Assert.Equal(2, copy.One<long>("SELECT count(*) FROM threads_logs"));
            Assert.NotEqual(alice.Connection.Thread.LogId, copy.Connection.Thread.LogId);
            Assert.Equal(copy.Connection.Thread.LogId, second.Connection.Thread.LogId);
            Assert.Equal(0, alice.SendTo(copy).Forks);
            Assert.Equal(0, copy.SendTo(alice).Forks);

            Assert.Equal(alice.Digest, copy.Digest);
            Assert.Equal(5, alice.One<long>("SELECT count(*) FROM n"));
            Assert.Equal(2, alice.One<long>("SELECT count(*) FROM threads_logs"));
            Assert.Equal(0, alice.One<long>("SELECT count(*) FROM threads_logs WHERE branch_of IS NOT NULL"));
            Assert.True(copy.Connection.Thread.Verify().IsSound);
        }

        Pools(At("copy.db") + more);
        using var reopened = Peer.At(At("copy.db") + more);
        reopened.Run("INSERT INTO n VALUES('6', 'reopened')");
        Assert.Equal(2, reopened.One<long>("SELECT count(*) FROM threads_logs"));
    }

    [Fact]
    public void A_restored_backup_goes_on_in_a_log_of_its_own_even_in_the_old_place()
    {
        using (var alice = Peer.At(At("a.db"), Schema))
        {
            alice.Run("INSERT INTO n VALUES('1', 'before')");
            alice.Connection.Thread.Backup(At("b.db"));
            alice.Run("INSERT INTO n VALUES('2', 'lost')");
        }

        Pools(At("a.db"));
        File.Copy(At("b.db"), At("a.db"), overwrite: true);
        using var restored = Peer.At(At("a.db"));
        restored.Run("INSERT INTO n VALUES('3', 'after')");

        Assert.Equal(2, restored.One<long>("SELECT count(*) FROM threads_logs"));
        Assert.Equal(2, restored.One<long>("SELECT max(counter) FROM threads_logs WHERE id = 1"));
    }

    [Fact]
    public void A_file_that_is_moved_goes_on_in_its_log()
    {
        using (var alice = Peer.At(At("a.db"), Schema))
        {
            alice.Run("INSERT INTO n VALUES('1', 'before')");
        }

        Pools(At("a.db"));
        File.Move(At("a.db"), At("moved.db"));
        using var moved = Peer.At(At("moved.db"));
        moved.Run("INSERT INTO n VALUES('2', 'after')", "VACUUM", "INSERT INTO n VALUES('3', 'after vacuum')");

        Assert.Equal(1, moved.One<long>("SELECT count(*) FROM threads_logs"));
    }

    [Fact]
    public void A_new_log_that_is_rolled_back_is_begun_again()
    {
        using (var alice = Peer.At(At("a.db"), Schema))
        {
            alice.Run("INSERT INTO n VALUES('1', 'before')");
        }

        Pools(At("a.db"));
        File.Copy(At("a.db"), At("copy.db"));
        using var copy = Peer.At(At("copy.db"));
        copy.Run("BEGIN IMMEDIATE", "INSERT INTO n VALUES('2', 'no')", "ROLLBACK TRANSACTION", "INSERT INTO n VALUES('3', 'yes')");

        Assert.Equal([2L, 2L], copy.Connection.Query<long>("SELECT counter FROM threads_logs ORDER BY id"));
        Assert.True(copy.Connection.Thread.Verify().IsSound);
    }

    private static void Pools(string dataSource)
    {
        using var connection = new ThreadsConnection($"Data Source={dataSource}");
        ThreadsConnection.ClearPool(connection);
        SqliteConnection.ClearAllPools();
    }

    private string At(string name) => Path.Combine(_folder, name);
}
