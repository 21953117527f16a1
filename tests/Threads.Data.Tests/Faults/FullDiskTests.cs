using System.Globalization;
using SQLitePCL;
using Threads.FaultHost;

namespace Threads.Data.Tests.Faults;

/// <summary>No room left: the commit fails by SQLite's own number, and everything before it is still there.</summary>
public class FullDiskTests
{
    [Fact]
    public async Task A_commit_without_room_fails_and_what_was_before_stays()
    {
        using var database = new FaultDatabase();
        var committed = 0;
        using (var connection = database.Open())
        {
            FaultDatabase.Number(connection, FormattableString.Invariant($"PRAGMA max_page_count = {FaultDatabase.Number(connection, "PRAGMA page_count") + 30}"));
            var refusal = Assert.Throws<ThreadsException>(() =>
            {
                while (committed < 10_000)
                {
                    Work.Commit(connection, writer: 1, committed + 1);
                    committed++;
                }
            });
            Assert.Equal(raw.SQLITE_FULL, refusal.SqliteErrorCode);
            Assert.InRange(committed, 5, 9_999);

            // Room again: the same connection goes on.
            FaultDatabase.Number(connection, "PRAGMA max_page_count = 1000000");
            Work.Commit(connection, writer: 1, ++committed);
        }

        await database.CheckAsync(writer: 1, committed, unacknowledged: 0);
        await database.CheckRebuildAsync();
    }

    [SkippableFact]
    public async Task A_file_that_may_not_grow_gives_a_refusal_not_a_broken_log()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "The limit on a file's size is set by a Linux shell.");
        using var database = new FaultDatabase();

        // 1,024-byte blocks; without the trap the signal would end the process before SQLite can say why.
        using var child = FaultProcess.Start("trap '' XFSZ; ulimit -f 700");
        await child.GoAsync(database.File, writer: 1, commits: 100_000);
        var said = await child.EndAsync();

        Assert.Equal(3, child.ExitCode);
        var refusal = said[^1].Split(' ');
        Assert.Equal("refused", refusal[0]);
        Assert.Contains(int.Parse(refusal[1], CultureInfo.InvariantCulture), new[] { raw.SQLITE_FULL, raw.SQLITE_IOERR });
        await database.CheckAsync(writer: 1, acknowledged: said.Count - 1, unacknowledged: 0);
    }
}
