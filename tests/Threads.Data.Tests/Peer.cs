using Dapper;

namespace Threads.Data.Tests;

/// <summary>A database of its own in a thread, in memory unless a file is given.</summary>
internal sealed class Peer : IDisposable
{
    private readonly string[] _schema;

    private Peer(string connectionString, string[] schema)
    {
        _schema = schema;
        Connection = new ThreadsConnection(connectionString);
        Connection.Open();
        Run(schema);
    }

    private Peer(ThreadsConnection connection, string[] schema)
    {
        _schema = schema;
        Connection = connection;
        Run(schema);
    }

    public ThreadsConnection Connection { get; }

    public string Digest => Convert.ToHexString(Connection.Thread.Digest());

    public static Peer New(params string[] schema) => new("Data Source=:memory:", schema);

    /// <summary>The owner of a new thread that has access lists.</summary>
    public static Peer Owner(params string[] schema) => new("Data Source=:memory:;Variant=AccessControlled", schema);

    public static Peer At(string file, params string[] schema) => new($"Data Source={file}", schema);

    /// <summary>Over a connection that is open.</summary>
    public static Peer Of(ThreadsConnection connection, params string[] schema) => new(connection, schema);

    /// <summary>Another peer of the same thread, with the same schema unless told otherwise.</summary>
    public Peer Join(string[]? schema = null, string dataSource = ":memory:")
    {
        using var key = Connection.Thread.Key;
        return new Peer($"Data Source={dataSource};Thread={Connection.Thread.Id};Thread Key={key.Export()}", schema ?? _schema);
    }

    public void Run(params string[] statements)
    {
        foreach (var statement in statements)
        {
            // Dapper takes a single word for a stored procedure.
            Connection.Execute(statement, commandType: System.Data.CommandType.Text);
        }
    }

    public T One<T>(string sql) => Connection.ExecuteScalar<T>(sql)!;

    public byte[] Export(Peer? since = null)
    {
        using var stream = new MemoryStream();
        Connection.Thread.Export(stream, since?.Connection.Thread.Heads);
        return stream.ToArray();
    }

    public ImportResult Import(byte[] file) => Connection.Thread.Import(new MemoryStream(file));

    /// <summary>What the other side lacks, by way of a file.</summary>
    public ImportResult SendTo(Peer other) => other.Import(Export(other));

    public void Dispose() => Connection.Dispose();
}
