namespace TwoLaptops;

/// <summary>The folder the databases live in: the user's, or one that goes when the program ends.</summary>
internal sealed class Workplace : IDisposable
{
    private static readonly string[] Ours = ["alice.db", "bob.db"];

    private readonly bool isTemporary;

    private Workplace(string path, bool isTemporary)
    {
        Path = path;
        this.isTemporary = isTemporary;
    }

    public string Path { get; }

    public static Workplace Make(string? wanted)
    {
        if (wanted is null)
            return new(Directory.CreateTempSubdirectory("two-laptops-").FullName, isTemporary: true);

        var folder = Directory.CreateDirectory(wanted).FullName;
        foreach (var file in Ours.SelectMany(name => new[] { name, name + "-wal", name + "-shm" }))
            File.Delete(System.IO.Path.Combine(folder, file));
        return new(folder, isTemporary: false);
    }

    public string this[string file] => System.IO.Path.Combine(Path, file);

    public void Dispose()
    {
        if (isTemporary)
            Directory.Delete(Path, recursive: true);
    }
}
