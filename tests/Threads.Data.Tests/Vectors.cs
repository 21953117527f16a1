using System.Text.Json;

namespace Threads.Data.Tests;

/// <summary>Reads the JSON files of shared/vectors. Use from a <c>[SkippableFact]</c>.</summary>
internal static class Vectors
{
    public static JsonElement Load(string file)
    {
        using var stream = File.OpenRead(SharedFolder.PathOrSkip("vectors", file));
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }

    /// <summary>The entries of a list in the file.</summary>
    public static IReadOnlyList<JsonElement> List(string file, string name)
    {
        var list = Load(file).GetProperty(name).EnumerateArray().ToArray();
        Assert.NotEmpty(list);
        return list;
    }

    /// <summary>Text of a property; null when it is absent or null.</summary>
    public static string? TextOrNull(this JsonElement entry, string property) =>
        entry.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static string Text(this JsonElement entry, string property) =>
        entry.TextOrNull(property) ?? throw new KeyNotFoundException($"No text '{property}' in {entry}.");

    /// <summary>Bytes of a property written in hexadecimal.</summary>
    public static byte[] Hex(this JsonElement entry, string property) => Convert.FromHexString(entry.Text(property));
}
