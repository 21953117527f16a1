using Threads.Data;

namespace TwoLaptops;

/// <summary>Somebody's machine: an owner and a database file. Two of them hold one thread when the second joins with the first one's thread id and key.</summary>
internal sealed class Laptop : IAsyncDisposable
{
    private Laptop(string owner, string path, string connectionString)
    {
        Owner = owner;
        Path = path;
        ConnectionString = connectionString;
        Connection = new ThreadsConnection(connectionString);
    }

    public string Owner { get; }

    public string Path { get; }

    public string ConnectionString { get; }

    /// <summary>Kept open for the program's life; EF Core opens its own from the connection string.</summary>
    public ThreadsConnection Connection { get; }

    /// <summary>A new thread, in a new file.</summary>
    public static async Task<Laptop> StartAsync(string owner, string path)
    {
        var laptop = new Laptop(owner, path, $"Data Source={path}");
        await laptop.Connection.OpenAsync();
        return laptop;
    }

    /// <summary>A new file for a thread that somebody else began. Their thread id and key are all it takes.</summary>
    public static async Task<Laptop> JoinAsync(string owner, string path, Laptop host)
    {
        using var key = host.Connection.Thread.Key;
        var laptop = new Laptop(owner, path, $"Data Source={path};Thread={host.Connection.Thread.Id};Thread Key={key.Export()}");
        await laptop.Connection.OpenAsync();
        return laptop;
    }

    /// <summary>Writes what the other lacks into a file, carries it over, and reads it there: any way of moving a file would do.</summary>
    public async Task<long> SendAsync(Laptop receiver, string file)
    {
        await using (var output = File.Create(file))
            await Connection.Thread.ExportAsync(output, since: receiver.Connection.Thread.Heads);
        await using var input = File.OpenRead(file);
        await receiver.Connection.Thread.ImportAsync(input);
        return input.Length;
    }

    public async Task<long> CountAsync(string sql)
    {
        await using var command = Connection.CreateCommand();
        command.CommandText = sql;
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async Task<string> TextAsync(string sql)
    {
        await using var command = Connection.CreateCommand();
        command.CommandText = sql;
        return (string)(await command.ExecuteScalarAsync())!;
    }

    public ValueTask DisposeAsync() => Connection.DisposeAsync();
}
