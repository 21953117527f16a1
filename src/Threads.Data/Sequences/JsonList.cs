using System.Text;
using System.Text.Json;

namespace Threads.Data.Sequences;

/// <summary>A JSON array as the texts of its elements, each as its author wrote it.</summary>
internal static class JsonList
{
    /// <summary>Members by which an element that is an object is the same one though its other members change.</summary>
    private static readonly string[] Identities = ["id", "Id", "ID", "_id"];

    /// <summary>The elements of an array; null: the text is none.</summary>
    public static List<string>? TryParse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Array ? [.. document.RootElement.EnumerateArray().Select(e => e.GetRawText())] : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static bool IsValue(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The one text of a list: no space between elements.</summary>
    public static string Write(IEnumerable<string> elements) => new StringBuilder("[").AppendJoin(',', elements).Append(']').ToString();

    /// <summary>What makes two elements one: the id of an object that has one, else the whole value whatever its spaces and escapes.</summary>
    public static string IdentityOf(string element)
    {
        using var document = JsonDocument.Parse(element);
        var root = document.RootElement;
        if (root.ValueKind == JsonValueKind.Object)
        {
            foreach (var name in Identities)
            {
                if (root.TryGetProperty(name, out var id) && id.ValueKind is JsonValueKind.String or JsonValueKind.Number)
                {
                    return name + ":" + JsonSerializer.Serialize(id);
                }
            }
        }

        return JsonSerializer.Serialize(root);
    }
}
