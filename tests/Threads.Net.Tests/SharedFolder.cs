using System.Text.Json.Nodes;

namespace Threads.Net.Tests;

/// <summary>The folder <c>shared</c> beside the repository: vectors and the libp2p oracle, made by other implementations.</summary>
internal static class SharedFolder
{
    public static string? Root { get; } = Find();

    public static string Path(params ReadOnlySpan<string> parts)
    {
        Skip.If(Root is null, "The folder 'shared' is not beside the repository.");
        return System.IO.Path.Combine([Root, .. parts]);
    }

    /// <summary>The oracle's vectors; use from a <c>[SkippableFact]</c>.</summary>
    public static JsonNode Oracle => JsonNode.Parse(File.ReadAllText(Path("interop", "libp2p", "vectors.json")))!;

    public static byte[] Bytes(this JsonNode node, string name) => Convert.FromHexString((string)node[name]!);

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = System.IO.Path.Combine(folder.FullName, "shared");
            if (Directory.Exists(System.IO.Path.Combine(candidate, "interop")))
            {
                return candidate;
            }
        }

        return null;
    }
}
