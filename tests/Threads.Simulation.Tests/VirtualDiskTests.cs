using SQLitePCL;
using Threads.Simulation.Disk;

namespace Threads.Simulation.Tests;

/// <summary>The virtual disk is as bad as a real one, and no worse: plain SQLite on it keeps what it promises.</summary>
public sealed class VirtualDiskTests : IDisposable
{
    private readonly Coverage _coverage = new();
    private readonly VirtualDisk _disk;
    private readonly Machine _machine;

    public VirtualDiskTests()
    {
        VirtualVfs.Register();
        VirtualDisk.Current = _disk = new VirtualDisk(_coverage, new Chance(1));
        _machine = _disk.Add("m");
        _disk.Running = _machine;
    }

    public void Dispose() => VirtualDisk.Current = null;

    [Fact]
    public void A_file_without_sync_may_lose_what_was_written()
    {
        var lost = 0;
        for (var seed = 0UL; seed < 40; seed++)
        {
            var file = new VirtualFile("f");
            file.Write(0, "synced"u8);
            file.Sync();
            file.Write(0, "change"u8);
            file.LosePower(new Chance(seed));
            Assert.Contains(System.Text.Encoding.ASCII.GetString(file.ToArray()), new[] { "synced", "change" });
            lost += file.ToArray()[0] == 's' ? 1 : 0;
        }

        Assert.InRange(lost, 1, 39);
    }

    [Fact]
    public void A_file_that_was_synced_loses_nothing()
    {
        var file = new VirtualFile("f");
        file.Write(3, "abc"u8);
        file.Truncate(5);
        file.Sync();
        file.LosePower(new Chance(1));

        Assert.Equal(new byte[] { 0, 0, 0, (byte)'a', (byte)'b' }, file.ToArray());
    }

    [Theory]
    [InlineData("WAL")]
    [InlineData("DELETE")]
    public void Plain_sqlite_keeps_every_commit_over_a_crash_at_any_operation(string journal)
    {
        for (var operation = 0; operation < 60; operation++)
        {
            var path = $"/m/{journal}{operation}.db";
            var committed = -1;
            using (var database = Open(path))
            {
                Run(database, $"PRAGMA journal_mode = {journal}; PRAGMA synchronous = EXTRA; CREATE TABLE t(a, b); PRAGMA wal_autocheckpoint = 4");
                _machine.CrashAfter(operation);
                for (var i = 0; i < 30 && raw.sqlite3_exec(database, $"INSERT INTO t VALUES({i}, randomblob(3000))") == raw.SQLITE_OK; i++)
                {
                    committed = i;
                }
            }

            Assert.True(_machine.IsOff);
            _machine.StartAgain(new Chance((ulong)operation));
            using var again = Open(path);
            Assert.Equal("ok", One(again, "PRAGMA integrity_check"));

            // The one that was under way may be there or not.
            Assert.InRange(long.Parse(One(again, "SELECT count(*) FROM t")), committed + 1, committed + 2);
        }

        Assert.Contains(_coverage.Hits.Keys, k => k.StartsWith("crash: Sync", StringComparison.Ordinal));
        Assert.Contains(_coverage.Hits.Keys, k => k.StartsWith("crash: Write", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_connections_see_each_others_locks()
    {
        using var first = Open("/m/two.db");
        using var second = Open("/m/two.db");
        Run(first, "PRAGMA journal_mode = WAL; CREATE TABLE t(a); BEGIN IMMEDIATE; INSERT INTO t VALUES(1)");

        Assert.Equal(raw.SQLITE_BUSY, raw.sqlite3_exec(second, "BEGIN IMMEDIATE"));
        Assert.Equal("0", One(second, "SELECT count(*) FROM t"));
        Run(first, "COMMIT");
        Assert.Equal("1", One(second, "SELECT count(*) FROM t"));
    }

    [Fact]
    public void A_failing_operation_is_an_error_and_no_more()
    {
        using var database = Open("/m/fail.db");
        Run(database, "PRAGMA journal_mode = WAL; CREATE TABLE t(a)");
        _machine.FailAfter(0, raw.SQLITE_FULL);

        Assert.Equal(raw.SQLITE_FULL, raw.sqlite3_exec(database, "INSERT INTO t VALUES(1)"));
        Run(database, "INSERT INTO t VALUES(2)");
        Assert.Equal("1", One(database, "SELECT count(*) FROM t"));
    }

    [Fact]
    public void A_copy_of_a_file_has_another_identity_and_a_snapshot_of_the_disk_has_not()
    {
        using (var database = Open("/m/a.db"))
        {
            Run(database, "CREATE TABLE t(a)");
        }

        var before = _disk.Identify("/m/a.db");
        _machine.Restore(_machine.Copy(), keepInodes: true);
        Assert.Equal(before, _disk.Identify("/m/a.db"));
        _machine.Restore(_machine.Copy(), keepInodes: false);
        Assert.NotEqual(before, _disk.Identify("/m/a.db"));
    }

    private static sqlite3 Open(string path)
    {
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_open_v2(path, out var database, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE, null));
        return database;
    }

    private static void Run(sqlite3 database, string sql) => Assert.True(raw.sqlite3_exec(database, sql) == raw.SQLITE_OK, raw.sqlite3_errmsg(database).utf8_to_string());

    private static string One(sqlite3 database, string sql)
    {
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_prepare_v2(database, sql, out var statement));
        using (statement)
        {
            Assert.Equal(raw.SQLITE_ROW, raw.sqlite3_step(statement));
            return raw.sqlite3_column_text(statement, 0).utf8_to_string();
        }
    }
}
