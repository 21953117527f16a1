using System.Globalization;
using System.Text;
using System.Text.Json;
using Threads.Data.Ipld;

namespace Threads.Data.Merging;

/// <summary>
/// JSON values as IPLD data: a number is an int or a float where one holds it exactly, otherwise {"n": its text}; an object whose one member is called n stands in another {"n": …}.
/// </summary>
internal static class JsonIpld
{
    private const int MaxNumberText = 1_024;

    /// <summary>Writes a value; with <paramref name="asIdentity"/> numbers that are equal are written alike.</summary>
    public static void Write(CborWriter writer, JsonTree tree, bool asIdentity = false)
    {
        switch (tree.Kind)
        {
            case JsonValueKind.Object:
                var escaped = tree.Members.Count == 1 && tree.Members.ContainsKey("n");
                if (escaped)
                {
                    writer.StartMap(1);
                    writer.WriteText("n");
                }

                writer.StartMap(tree.Members.Count);
                foreach (var (utf8, value) in tree.Members.Select(m => (Utf8: Encoding.UTF8.GetBytes(m.Key), m.Value)).OrderBy(m => m.Utf8, KeyOrder))
                {
                    writer.WriteTextUtf8(utf8);
                    Write(writer, value, asIdentity);
                }

                break;
            case JsonValueKind.Array:
                writer.StartArray(tree.Items.Count);
                foreach (var item in tree.Items)
                {
                    Write(writer, item, asIdentity);
                }

                break;
            case JsonValueKind.String:
                writer.WriteText(tree.Text);
                break;
            case JsonValueKind.Number:
                WriteNumber(writer, tree.Text, asIdentity);
                break;
            case JsonValueKind.True or JsonValueKind.False:
                writer.WriteBoolean(tree.Kind == JsonValueKind.True);
                break;
            default:
                writer.WriteNull();
                break;
        }
    }

    /// <summary>Reads a value; null where it is none that JSON has.</summary>
    public static JsonTree? Read(ref CborReader reader)
    {
        switch (reader.Peek())
        {
            case CborKind.Null:
                reader.ReadNull();
                return JsonTree.Of(JsonValueKind.Null);
            case CborKind.Boolean:
                return JsonTree.Of(reader.ReadBoolean() ? JsonValueKind.True : JsonValueKind.False);
            case CborKind.Integer:
                // Beyond 64 bits with a sign there is no int that a number of a document is written as.
                var raw = new CborReader(reader.SkipRaw());
                try
                {
                    return JsonTree.Number(raw.ReadInt64().ToString(CultureInfo.InvariantCulture));
                }
                catch (CborException)
                {
                    return null;
                }

            case CborKind.Double:
                return JsonTree.Number(TextOf(reader.ReadDouble()));
            case CborKind.Text:
                return JsonTree.String(reader.ReadText());
            case CborKind.Array:
                return ReadArray(ref reader);
            case CborKind.Map:
                return ReadMap(ref reader);
            default:
                reader.Skip();
                return null;
        }
    }

    private static JsonTree? ReadArray(ref CborReader reader)
    {
        var array = JsonTree.Of(JsonValueKind.Array);
        var isWhole = true;
        for (var count = reader.ReadArray(); count > 0; count--)
        {
            if (Read(ref reader) is { } item)
            {
                array.Items.Add(item);
            }
            else
            {
                isWhole = false;
            }
        }

        return isWhole ? array : null;
    }

    private static JsonTree? ReadMap(ref CborReader reader)
    {
        var tree = JsonTree.Of(JsonValueKind.Object);
        var isWhole = true;
        for (var count = reader.ReadMap(); count > 0; count--)
        {
            var name = Encoding.UTF8.GetString(reader.ReadKey());
            if (Read(ref reader) is { } value)
            {
                tree.Members.Add(name, value);
            }
            else
            {
                isWhole = false;
            }
        }

        if (!isWhole || tree.Members.Count != 1 || !tree.Members.TryGetValue("n", out var inner))
        {
            return isWhole ? tree : null;
        }

        return inner.Kind switch
        {
            JsonValueKind.String => IsNumber(inner.Text) ? JsonTree.Number(inner.Text) : null,
            JsonValueKind.Object => inner,
            _ => null,
        };
    }

    private static void WriteNumber(CborWriter writer, string text, bool asIdentity)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer) && text != "-0")
        {
            writer.WriteInt64(integer);
            return;
        }

        var number = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (asIdentity && number == Math.Truncate(number) && Math.Abs(number) < 9e15)
        {
            writer.WriteInt64((long)number);
        }
        else if (double.IsFinite(number) && Decimals(TextOf(number)) == Decimals(text))
        {
            writer.WriteDouble(number);
        }
        else
        {
            writer.StartMap(1);
            writer.WriteText("n");
            writer.WriteText(text);
        }
    }

    private static string TextOf(double number)
    {
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0";
    }

    /// <summary>Digits without zeros at either end, and where the point stands: the same for every way to write a number.</summary>
    private static (bool IsNegative, string Digits, long Point) Decimals(string text)
    {
        var exponentAt = text.AsSpan().IndexOfAny('e', 'E');
        var mantissa = (exponentAt < 0 ? text : text[..exponentAt]).TrimStart('-');
        if (exponentAt >= 0 && !int.TryParse(text.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
        {
            return (text[0] == '-', text, 0);
        }

        var exponent = exponentAt < 0 ? 0 : int.Parse(text.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var dot = mantissa.IndexOf('.', StringComparison.Ordinal);
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        var point = (dot < 0 ? mantissa.Length : dot) + (long)exponent;
        var significant = digits.TrimStart('0');
        return significant.Length == 0 ? (text[0] == '-', "", 0) : (text[0] == '-', significant.TrimEnd('0'), point - (digits.Length - significant.Length));
    }

    private static bool IsNumber(string text)
    {
        if (text.Length > MaxNumberText || !Ascii.IsValid(text))
        {
            return false;
        }

        return JsonTree.TryParse(Encoding.ASCII.GetBytes(text)) is { Kind: JsonValueKind.Number } number && number.Text == text;
    }

    private static readonly IComparer<byte[]> KeyOrder = Comparer<byte[]>.Create((a, b) => a.Length != b.Length ? a.Length.CompareTo(b.Length) : a.AsSpan().SequenceCompareTo(b));
}
