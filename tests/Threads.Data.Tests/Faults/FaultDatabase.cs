using System.Globalization;
using Threads.FaultHost;

namespace Threads.Data.Tests.Faults;

/// <summary>A database file in a folder of its own, and what has to hold of it whatever happened to its writers.</summary>
internal sealed class FaultDatabase : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("threads-faults-");

    public FaultDatabase()
    {
        using var connection = Open();
        Work.Prepare(connection);
    }

    public string File => Path.Combine(folder.FullName, "fault.db");

    public ThreadsConnection Open(string more = "")
    {
        var connection = new ThreadsConnection($"Data Source={File};Pooling=False;{more}");
        connection.Open();
        return connection;
    }

    /// <summary>
    /// Every acknowledged commit is there, whole, and at most <paramref name="unacknowledged"/> more; the log holds, has no branch, and the tables are
    /// what it folds to.
    /// </summary>
    public async Task CheckAsync(int writer, int acknowledged, int unacknowledged = 1)
    {
        await using var connection = Open();
        var last = Work.Last(connection, writer);
        Assert.InRange(last, acknowledged, acknowledged + unacknowledged);
        Assert.Equal(last, Number(connection, FormattableString.Invariant($"SELECT count(*) FROM item WHERE writer = {writer}")));
        Assert.Equal(last, Number(connection, FormattableString.Invariant($"SELECT coalesce(max(number), 0) FROM item WHERE writer = {writer}")));
        Assert.Equal(0, Number(connection, "SELECT count(*) FROM threads_logs WHERE branch_of IS NOT NULL"));
        Assert.Equal("ok", Text(connection, "PRAGMA integrity_check"));

        (await connection.Thread.VerifyAsync()).ThrowIfNotSound();
    }

    /// <summary>The tables made again from the records alone are the same, byte for byte (I2).</summary>
    public async Task CheckRebuildAsync()
    {
        await using var connection = Open();
        var digest = await connection.Thread.DigestAsync();
        await connection.Thread.RebuildViewsAsync();
        Assert.Equal(Convert.ToHexString(digest), Convert.ToHexString(await connection.Thread.DigestAsync()));
    }

    public static long Number(ThreadsConnection connection, string sql) => Convert.ToInt64(Scalar(connection, sql), CultureInfo.InvariantCulture);

    public static string Text(ThreadsConnection connection, string sql) => Convert.ToString(Scalar(connection, sql), CultureInfo.InvariantCulture)!;

    public void Dispose() => folder.Delete(recursive: true);

    private static object? Scalar(ThreadsConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
