namespace Threads.Data.Tests;

/// <summary>The folder of vectors and data beside the repository; it is not part of it, so a test skips where it is absent.</summary>
internal static class SharedFolder
{
    /// <summary>Null when no folder above the test assembly has a sibling named shared that holds vectors.</summary>
    public static string? Root { get; } = Find();

    /// <summary>The path of a file in it; skips the test when the folder or the file is absent.</summary>
    public static string PathOrSkip(params string[] parts)
    {
        Skip.If(Root is null, "The folder 'shared' is not beside the repository.");
        var path = Path.Combine([Root!, .. parts]);
        Skip.IfNot(File.Exists(path), $"'{path}' does not exist.");
        return path;
    }

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared");
            if (Directory.Exists(Path.Combine(candidate, "vectors")))
                return candidate;
        }
        return null;
    }
}
