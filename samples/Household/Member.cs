using Threads.Data;
using Threads.Data.Identity;

namespace Household;

/// <summary>Somebody's device: a name, a database file, and an open connection to it.</summary>
internal sealed class Member : IDisposable
{
    private readonly ThreadsDataSource _source;

    private Member(string name, ThreadsDataSource source)
    {
        (Name, _source) = (name, source);
        Connection = source.OpenConnection();
        Identity = Connection.Thread.Identity;
    }

    public string Name { get; }

    public ThreadsConnection Connection { get; }

    public PeerId Identity { get; }

    /// <summary>Begins a thread that has access lists.</summary>
    public static Member Owner(string name, string folder) => new(name, new ThreadsDataSource($"Data Source={File(name, folder)};Variant=AccessControlled"));

    /// <summary>Makes a database of an invitation; of one by name with the identity that asked.</summary>
    public static async Task<Member> JoinAsync(string name, string folder, string link, PeerIdentity? identity = null)
    {
        var builder = new ThreadsDataSourceBuilder($"Data Source={File(name, folder)}");
        return new(name, await ThreadsDataSource.JoinAsync(link, identity is null ? builder : builder.UseIdentity(identity)));
    }

    /// <summary>Each gets what it lacks; any way of carrying a file would do. Twice: what one learns may make it say something more.</summary>
    public static void Meet(Member one, Member other)
    {
        for (var round = 0; round < 2; round++)
        {
            other.Connection.Thread.Import(one.Export(other));
            one.Connection.Thread.Import(other.Export(one));
        }
    }

    /// <summary>The records the other lacks; null: all.</summary>
    public MemoryStream Export(Member? other)
    {
        var file = new MemoryStream();
        Connection.Thread.Export(file, other?.Connection.Thread.Heads);
        file.Position = 0;
        return file;
    }

    public void Run(string sql)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>The first column of all rows.</summary>
    public IReadOnlyList<string> Texts(string sql)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var texts = new List<string>();
        while (reader.Read())
        {
            texts.Add(reader.GetString(0));
        }

        return texts;
    }

    public void Dispose()
    {
        Connection.Dispose();
        _source.Dispose();
    }

    private static string File(string name, string folder) => Path.Combine(folder, name + ".db");
}
