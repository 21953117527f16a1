using Threads.Data;

namespace TwoLaptops;

/// <summary>The folder the databases live in, the user's or a temporary one, and beside it one for the files that are carried about.</summary>
internal sealed class Workplace : IDisposable
{
    private static readonly string[] Ours = ["alice.db", "bob.db"];

    private readonly DirectoryInfo temporary = Directory.CreateTempSubdirectory("two-laptops-");
    private readonly string databases;

    private Workplace(string? wanted) => databases = wanted is null ? temporary.FullName : Directory.CreateDirectory(wanted).FullName;

    public static Workplace Make(string? wanted)
    {
        var place = new Workplace(wanted);
        foreach (var file in Ours.SelectMany(name => new[] { name, name + "-wal", name + "-shm" }))
            File.Delete(place.Database(file));
        return place;
    }

    public string Database(string name) => Path.Combine(databases, name);

    public string Carried(string name) => Path.Combine(temporary.FullName, name);

    public void Dispose()
    {
        // A pooled connection would keep its write-ahead log beside the file.
        ThreadsConnection.ClearAllPools();
        temporary.Delete(recursive: true);
    }
}
