using System.Globalization;
using System.Text.Json;

namespace Threads.Data.JsonSchemas;

/// <summary>Paths into JSON documents (RFC 6901).</summary>
internal static class JsonPointer
{
    public static string Child(string pointer, string name) => $"{pointer}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";

    /// <summary>The names a pointer that is not empty goes along.</summary>
    public static string[] Parts(string pointer)
        => Array.ConvertAll(pointer[1..].Split('/'), p => p.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal));

    public static bool TryFind(JsonElement element, string pointer, out JsonElement found)
    {
        found = element;
        if (pointer.Length == 0)
        {
            return true;
        }

        foreach (var name in Parts(pointer))
        {
            if (found.ValueKind == JsonValueKind.Object && found.TryGetProperty(name, out var member))
            {
                found = member;
            }
            else if (found.ValueKind == JsonValueKind.Array
                && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < found.GetArrayLength())
            {
                found = found[index];
            }
            else
            {
                return false;
            }
        }

        return true;
    }
}
