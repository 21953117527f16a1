namespace Threads.Architecture.Tests;

/// <summary>The checkout these tests look at: found by walking up from the test assembly to the solution.</summary>
internal static class Repository
{
    private static readonly string[] Made = ["bin", "obj", ".git", "TestResults", "node_modules"];

    public static string Root { get; } = FindRoot();

    /// <summary>Names of the projects under src/, sorted.</summary>
    public static IReadOnlyList<string> SourceProjects { get; } =
        [.. Directory.GetFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories).Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal)!];

    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Path as people write it: from the root, with forward slashes.</summary>
    public static string Name(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    /// <summary>Files below a folder that somebody wrote, without build output; none when there is no such folder.</summary>
    public static IEnumerable<string> Files(string folder, params string[] extensions)
    {
        var start = At(folder);
        return Directory.Exists(start) ? Walk(start).Order(StringComparer.Ordinal) : [];

        IEnumerable<string> Walk(string directory)
            => Directory.EnumerateFiles(directory).Where(f => extensions.Length == 0 || extensions.Contains(Path.GetExtension(f)))
                .Concat(Directory.EnumerateDirectories(directory).Where(d => !Made.Contains(Path.GetFileName(d))).SelectMany(Walk));
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Threads.EF.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"No folder above '{AppContext.BaseDirectory}' holds Threads.EF.sln. Run the tests from a checkout.");
    }
}
