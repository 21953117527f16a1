using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Threads.Data.Events;

/// <summary>A JSON value as Go's decoder holds it when it is given no type: numbers are float64, of equal keys the last one counts.</summary>
internal sealed class JsonMergePatchValue
{
    public static JsonMergePatchValue Null { get; } = new() { Kind = JsonValueKind.Null };

    public required JsonValueKind Kind { get; init; }

    public SortedDictionary<byte[], JsonMergePatchValue>? Members { get; init; }

    private List<JsonMergePatchValue>? Items { get; init; }

    private double Number { get; init; }

    private byte[]? Text { get; init; }

    public static SortedDictionary<byte[], JsonMergePatchValue> NewMembers() => new(JsonMergePatchText.KeyOrder);

    public static JsonMergePatchValue Parse(ReadOnlySpan<byte> json)
    {
        JsonMergePatchText.Validate(json, JsonMergePatchError.InvalidDocument);
        var reader = JsonMergePatchText.Reader(json);
        reader.Read();
        return Read(ref reader);
    }

    /// <summary>Whether Go's comparison finds no difference; an object's member that is null equals one that is absent.</summary>
    public static bool Same(JsonMergePatchValue a, JsonMergePatchValue b)
    {
        if (a.Kind != b.Kind)
            return false;
        return a.Kind switch
        {
            JsonValueKind.Number => a.Number == b.Number,
            JsonValueKind.String => a.Text.AsSpan().SequenceEqual(b.Text),
            JsonValueKind.Array => a.Items!.Count == b.Items!.Count && a.Items.Zip(b.Items).All(pair => Same(pair.First, pair.Second)),
            JsonValueKind.Object => Covers(a, b) && Covers(b, a),
            _ => true,
        };

        static bool Covers(JsonMergePatchValue a, JsonMergePatchValue b) =>
            a.Members!.All(member => Same(member.Value, b.Members!.GetValueOrDefault(member.Key, Null)));
    }

    /// <summary>Writes it as Go's encoder does: compact, keys sorted.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        switch (Kind)
        {
            case JsonValueKind.Object:
                JsonMergePatchText.WriteObject(output, Members!, (writer, value) => value.WriteTo(writer));
                break;
            case JsonValueKind.Array:
                JsonMergePatchText.WriteArray(output, Items!, (writer, value) => value.WriteTo(writer));
                break;
            case JsonValueKind.Number:
                JsonMergePatchText.WriteNumber(output, Number);
                break;
            case JsonValueKind.String:
                JsonMergePatchText.WriteString(output, Text);
                break;
            default:
                output.Write(Kind switch { JsonValueKind.True => "true"u8, JsonValueKind.False => "false"u8, _ => "null"u8 });
                break;
        }
    }

    private static JsonMergePatchValue Read(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var members = NewMembers();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var key = JsonMergePatchText.Unescape(reader.ValueSpan);
                    reader.Read();
                    members[key] = Read(ref reader);
                }

                return new() { Kind = JsonValueKind.Object, Members = members };
            case JsonTokenType.StartArray:
                var items = new List<JsonMergePatchValue>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    items.Add(Read(ref reader));
                return new() { Kind = JsonValueKind.Array, Items = items };
            case JsonTokenType.String:
                return new() { Kind = JsonValueKind.String, Text = JsonMergePatchText.Unescape(reader.ValueSpan) };
            case JsonTokenType.Number:
                var number = double.Parse(reader.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture);
                if (!double.IsFinite(number))
                    throw new JsonMergePatchException(JsonMergePatchError.InvalidDocument, "");
                return new() { Kind = JsonValueKind.Number, Number = number };
            case JsonTokenType.True:
                return new() { Kind = JsonValueKind.True };
            case JsonTokenType.False:
                return new() { Kind = JsonValueKind.False };
            default:
                return Null;
        }
    }
}
