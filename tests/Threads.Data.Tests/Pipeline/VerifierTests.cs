using Dapper;
using Microsoft.Data.Sqlite;

namespace Threads.Data.Tests.Pipeline;

public sealed class VerifierTests : IDisposable
{
    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("threads-verify-").FullName, "a.db");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    [Fact]
    public void A_sound_thread_of_two_peers_verifies()
    {
        using var alice = Filled();
        using var bob = alice.Join();
        bob.Run("INSERT INTO n VALUES(100, 'bob')");
        bob.SendTo(alice);
        var reported = new List<ThreadsProgress>();
        var before = alice.Digest;

        var result = alice.Connection.Thread.Verify(new Reports(reported.Add));

        var records = alice.One<long>("SELECT count(*) FROM threads_records");
        Assert.Equal(new VerificationResult(records, null, null, result.Differences), result);
        Assert.Empty(result.Differences);
        Assert.True(result.IsSound);
        result.ThrowIfNotSound();
        Assert.Equal(new ThreadsProgress(records, records), reported[^1]);
        Assert.Equal(before, alice.Digest);
    }

    [Fact]
    public void An_empty_thread_verifies()
    {
        using var alice = Peer.New();

        Assert.True(alice.Connection.Thread.Verify().IsSound);
    }

    [Theory]
    [InlineData("UPDATE _threads_record SET data = substr(data, 1, 100) || x'00' || substr(data, 102) WHERE id = (1 << 40) + 3", 3)]
    [InlineData("UPDATE _threads_record SET data = x'00' WHERE id = (1 << 40) + 2", 2)]
    [InlineData("UPDATE _threads_record SET cid = zeroblob(32) WHERE id = (1 << 40) + 2", 2)]
    [InlineData("UPDATE _threads_record SET time = time + 1 WHERE id = (1 << 40) + 4", 4)]
    [InlineData("UPDATE _threads_record SET events = events + 1 WHERE id = (1 << 40) + 4", 4)]
    [InlineData("UPDATE _threads_log SET identity = (SELECT substr(identity, 1, 35) || CASE WHEN substr(identity, 36) = x'00' THEN x'01' ELSE x'00' END FROM _threads_log)", 1)]
    [InlineData("DELETE FROM _threads_record WHERE id = (1 << 40) + 3", 3)]
    [InlineData("UPDATE _threads_record SET id = (9 << 40) + 5 WHERE id = (1 << 40) + 5", 5)]
    public void A_damaged_record_is_named_and_nothing_is_changed(string damage, long position)
    {
        using (var alice = Filled())
        {
            alice.Connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        }

        Plain(damage);
        var content = Dump();
        using var again = Peer.At(_file);

        var result = again.Connection.Thread.Verify();

        Assert.False(result.IsSound);
        Assert.Null(result.FileDamage);
        Assert.Equal(position, result.Damage!.Position);
        Assert.Equal(content, Dump());
        var e = Assert.Throws<ThreadsException>(result.ThrowIfNotSound);
        Assert.Equal(ThreadsErrorCode.VerifyFailed, e.ThreadsErrorCode);
        Assert.Contains(result.Damage.Problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lost_list_of_logs_is_a_typed_error()
    {
        Filled().Dispose();
        Plain("DELETE FROM _threads_log");
        using var again = Peer.At(_file);

        Assert.Equal(ThreadsErrorCode.RecordDamaged, Assert.Throws<ThreadsException>(() => again.Connection.Thread.Verify()).ThreadsErrorCode);
    }

    [Fact]
    public void Every_flipped_bit_of_a_record_row_is_found()
    {
        Filled().Dispose();
        using var plain = Open();
        var length = plain.ExecuteScalar<int>("SELECT length(data) FROM _threads_record WHERE id = (1 << 40) + 3");
        var data = plain.ExecuteScalar<byte[]>("SELECT data FROM _threads_record WHERE id = (1 << 40) + 3")!;
        using var again = Peer.At(_file);
        for (var i = 0; i < length; i += 3)
        {
            var flipped = (byte[])data.Clone();
            flipped[i] ^= 1;
            plain.Execute("UPDATE _threads_record SET data = $flipped WHERE id = (1 << 40) + 3", new { flipped });

            Assert.Equal(3, again.Connection.Thread.Verify().Damage?.Position);
        }
    }

    [Fact]
    public void Rows_another_tool_changed_are_named()
    {
        Filled().Dispose();
        Plain("INSERT INTO n VALUES(50, 'outside'); UPDATE n SET a = 'other' WHERE id = 2; UPDATE n SET a = x'63' WHERE id = 4; DELETE FROM n WHERE id = 5");
        var content = Dump();
        using var alice = Peer.At(_file);

        var result = alice.Connection.Thread.Verify();

        Assert.Equal(
            [new("n", "50", OutsideChangeKind.Added), new("n", "2", OutsideChangeKind.Changed), new("n", "4", OutsideChangeKind.Changed), new OutsideChange("n", "5", OutsideChangeKind.Removed)],
            result.Differences);
        Assert.Equal(ThreadsErrorCode.VerifyFailed, Assert.Throws<ThreadsException>(result.ThrowIfNotSound).ThreadsErrorCode);
        Assert.Equal(content, Dump());
    }

    [Fact]
    public void A_damaged_page_is_told_as_sqlite_tells_it()
    {
        using (var alice = Filled())
        {
            alice.Connection.Execute("CREATE INDEX na ON n(a)");
            alice.Connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        }

        Pools();
        using (var plain = Open())
        {
            var page = plain.ExecuteScalar<long>("SELECT rootpage FROM sqlite_master WHERE name = 'na'");
            plain.Dispose();
            using var file = File.OpenWrite(_file);
            file.Position = (page - 1) * 4096;
            file.Write(new byte[4096]);
        }

        using var again = Peer.At(_file);

        Assert.NotNull(again.Connection.Thread.Verify().FileDamage);
    }

    [Fact]
    public void A_verification_can_be_cancelled()
    {
        using var alice = Filled();

        Assert.ThrowsAny<OperationCanceledException>(() => alice.Connection.Thread.Verify(null, new CancellationToken(canceled: true)));
        alice.Run("INSERT INTO n VALUES(6, 'f')");
    }

    private Peer Filled()
    {
        var peer = Peer.At(_file, "CREATE TABLE n(id INTEGER PRIMARY KEY, a)");
        peer.Run("INSERT INTO n VALUES(1, 'a'), (2, 'b'), (3, 'gone')", "INSERT INTO n VALUES(4, 'c'), (5, 'd')", "DELETE FROM n WHERE id = 3", "UPDATE n SET a = 'e' WHERE id = 1");
        return peer;
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={_file};Pooling=False");
        connection.Open();
        return connection;
    }

    private void Plain(string sql)
    {
        using var connection = Open();
        connection.Execute(sql);
    }

    private void Pools()
    {
        using var connection = new ThreadsConnection($"Data Source={_file}");
        ThreadsConnection.ClearPool(connection);
    }

    private string Dump()
    {
        using var connection = Open();
        return string.Join('\n', connection.Query<string>("SELECT id || hex(cid) || time || hex(data) FROM _threads_record UNION ALL SELECT id || hex(a) FROM n UNION ALL SELECT hex(identity) FROM _threads_log"));
    }

    private sealed class Reports(Action<ThreadsProgress> report) : IProgress<ThreadsProgress>
    {
        public void Report(ThreadsProgress value) => report(value);
    }
}
