using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Threads.Data.Tests.Faults;

/// <summary>Files that are not what they should be: a refusal that names the file, and nothing written to it.</summary>
public sealed class BadFileTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("threads-bad-");

    [Fact]
    public void A_file_that_is_no_database_is_refused_by_name_and_left_alone()
    {
        var file = Write("letter.db", "Dear Alice, this is no database, however long I go on about it. "u8.ToArray());
        var before = File.ReadAllBytes(file);

        var refusal = Assert.Throws<ThreadsException>(() => Open(file));

        Assert.Equal((ThreadsErrorCode.NotADatabase, raw.SQLITE_NOTADB), (refusal.ThreadsErrorCode, refusal.SqliteErrorCode));
        Assert.Contains("letter.db", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(file));
    }

    [Fact]
    public void A_database_that_is_not_ours_is_refused_with_the_way_to_take_it_over_and_left_alone()
    {
        var file = Path.Combine(folder.FullName, "theirs.db");
        using (var plain = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            plain.Open();
            using var command = plain.CreateCommand();
            command.CommandText = "CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT); INSERT INTO note VALUES(1, 'x')";
            command.ExecuteNonQuery();
        }

        var before = File.ReadAllBytes(file);
        var refusal = Assert.Throws<ThreadsException>(() => Open(file));

        Assert.Equal(ThreadsErrorCode.NotAThread, refusal.ThreadsErrorCode);
        Assert.Contains("theirs.db", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("ImportSqliteAsync", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(file));
    }

    [Fact]
    public void A_file_of_a_newer_version_is_refused_with_both_versions()
    {
        var file = Filled("newer.db");
        using (var plain = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            plain.Open();
            using var command = plain.CreateCommand();
            command.CommandText = "UPDATE _threads_meta SET value = 4711 WHERE name = 'version'";
            command.ExecuteNonQuery();
        }

        var refusal = Assert.Throws<ThreadsException>(() => Open(file));

        Assert.Equal(ThreadsErrorCode.NewerFile, refusal.ThreadsErrorCode);
        Assert.Contains("4711", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_thread_without_its_key_is_not_joined()
    {
        using var host = Open(Path.Combine(folder.FullName, "host.db"));

        Assert.Equal(ThreadsErrorCode.ThreadKeyMissing,
            Assert.Throws<ThreadsException>(() => Open(Path.Combine(folder.FullName, "guest.db"), $";Thread={host.Thread.Id}")).ThreadsErrorCode);
    }

    [Fact]
    public void A_file_of_another_thread_or_key_is_refused()
    {
        using var one = Open(Path.Combine(folder.FullName, "one.db"));
        var file = Path.Combine(folder.FullName, "two.db");
        using (var two = Open(file))
        {
            using var key = one.Thread.Key;
            Assert.Equal(ThreadsErrorCode.OtherThread, Assert.Throws<ThreadsException>(() => Open(file, $";Thread={one.Thread.Id};Thread Key={key.Export()}")).ThreadsErrorCode);
            Assert.Equal(ThreadsErrorCode.OtherKey, Assert.Throws<ThreadsException>(() => Open(file, $";Thread={two.Thread.Id};Thread Key={key.Export()}")).ThreadsErrorCode);
        }
    }

    [Fact]
    public void A_password_that_is_missing_or_wrong_is_refused_and_read_only_does_without()
    {
        var file = Path.Combine(folder.FullName, "locked.db");
        using (var connection = Open(file, ";Password=correct horse"))
        {
            Execute(connection, "CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT)");
            Execute(connection, "INSERT INTO note VALUES(1, 'x')");
        }

        Assert.Equal(ThreadsErrorCode.PasswordMissing, Assert.Throws<ThreadsException>(() => Open(file)).ThreadsErrorCode);
        Assert.Equal(ThreadsErrorCode.PasswordWrong, Assert.Throws<ThreadsException>(() => Open(file, ";Password=battery staple")).ThreadsErrorCode);
        using var reading = Open(file, ";Mode=ReadOnly");
        Assert.Equal(1L, Scalar(reading, "SELECT count(*) FROM note"));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(50)]
    [InlineData(90)]
    public void A_file_cut_short_is_refused_or_fails_as_corrupt(int percent)
    {
        var file = Filled("cut.db");
        var bytes = File.ReadAllBytes(file);
        File.WriteAllBytes(file, bytes[..(bytes.Length * percent / 100)]);

        var refusal = Assert.Throws<ThreadsException>(() =>
        {
            using var connection = Open(file);
            Scalar(connection, "SELECT sum(length(text)) FROM note");
            Scalar(connection, "SELECT sum(size_bytes) FROM threads_records");
            Execute(connection, "INSERT INTO note VALUES(100000, 'more')");
        });

        Assert.Contains(refusal.SqliteErrorCode, new[] { raw.SQLITE_CORRUPT, raw.SQLITE_NOTADB });
    }

    [Fact]
    public void Read_only_needs_no_key_and_writes_nothing()
    {
        var file = Filled("read.db");
        var before = SHA256.HashData(File.ReadAllBytes(file));

        using (var connection = Open(file, ";Mode=ReadOnly"))
        {
            Assert.Equal(200L, Scalar(connection, "SELECT count(*) FROM note"));
            Assert.Equal(raw.SQLITE_READONLY, Assert.Throws<ThreadsException>(() => Execute(connection, "DELETE FROM note")).SqliteErrorCode);
        }

        Assert.Equal(before, SHA256.HashData(File.ReadAllBytes(file)));
    }

    [Fact]
    public void Read_only_without_a_file_makes_none()
    {
        var file = Path.Combine(folder.FullName, "none.db");

        Assert.Equal(raw.SQLITE_CANTOPEN, Assert.Throws<ThreadsException>(() => Open(file, ";Mode=ReadOnly")).SqliteErrorCode);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_refused()
        => Assert.Equal(raw.SQLITE_CANTOPEN, Assert.Throws<ThreadsException>(() => Open(Path.Combine(folder.FullName, "no", "such.db"))).SqliteErrorCode);

    public void Dispose() => folder.Delete(recursive: true);

    private string Write(string name, byte[] bytes)
    {
        var file = Path.Combine(folder.FullName, name);
        File.WriteAllBytes(file, [.. Enumerable.Repeat(bytes, 40).SelectMany(b => b)]);
        return file;
    }

    /// <summary>A database of ours with 200 notes, closed and without a write-ahead log beside it.</summary>
    private string Filled(string name)
    {
        var file = Path.Combine(folder.FullName, name);
        using var connection = Open(file);
        Execute(connection, "CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT)");
        using (var transaction = connection.BeginTransaction())
        {
            for (var i = 0; i < 200; i++)
                Execute(connection, FormattableString.Invariant($"INSERT INTO note VALUES({i}, '{new string('x', 300)}')"));
            transaction.Commit();
        }

        Scalar(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
        return file;
    }

    private static ThreadsConnection Open(string file, string more = "")
    {
        var connection = new ThreadsConnection($"Data Source={file};Pooling=False{more}");
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static object? Scalar(ThreadsConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private static void Execute(ThreadsConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
