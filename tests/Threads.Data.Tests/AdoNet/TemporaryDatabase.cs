namespace Threads.Data.Tests.AdoNet;

/// <summary>A database file of one test, gone afterwards.</summary>
internal sealed class TemporaryDatabase : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("threads-").FullName;

    public TemporaryDatabase(string more = "") => ConnectionString = $"Data Source={FilePath};{more}";

    public string FilePath => Path.Combine(_folder, "test.db");

    public string ConnectionString { get; }

    public ThreadsConnection Open(string sql = "")
    {
        var connection = new ThreadsConnection(ConnectionString);
        connection.Open();
        if (sql.Length > 0) connection.Run(sql);
        return connection;
    }

    public void Dispose()
    {
        // Not all pools: tests of other classes, running now, look at theirs.
        using (var connection = new ThreadsConnection(ConnectionString)) ThreadsConnection.ClearPool(connection);
        Directory.Delete(_folder, recursive: true);
    }
}

internal static class ConnectionExtensions
{
    public static int Run(this ThreadsConnection connection, string sql, params (string Name, object? Value)[] parameters)
    {
        using var command = connection.Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    public static object? Scalar(this ThreadsConnection connection, string sql, params (string Name, object? Value)[] parameters)
    {
        using var command = connection.Command(sql, parameters);
        return command.ExecuteScalar();
    }

    public static ThreadsCommand Command(this ThreadsConnection connection, string sql, params (string Name, object? Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value);
        return command;
    }
}
