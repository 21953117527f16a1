using System.Buffers;
using System.Text.Json;

namespace Threads.Data.Events;

/// <summary>
/// A JSON value of a document that is being patched. Its text is kept as it is until somebody asks for its members or items, and written as it
/// was when nobody did; that decides whether its keys come out sorted. Null in a map or list stands for JSON's null.
/// </summary>
internal sealed class JsonMergePatchNode
{
    private readonly ReadOnlyMemory<byte> _text;
    private SortedDictionary<byte[], JsonMergePatchNode?>? _members;
    private List<JsonMergePatchNode?>? _items;

    private JsonMergePatchNode(ReadOnlyMemory<byte> text) => _text = text;

    public static JsonMergePatchNode Parse(ReadOnlySpan<byte> json, JsonMergePatchError error)
    {
        JsonMergePatchText.Validate(json, error);
        var reader = JsonMergePatchText.Reader(json);
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            throw new JsonMergePatchException(error, "");
        return new(json[(int)reader.TokenStartIndex..].ToArray());
    }

    /// <summary>The members, when it is an object.</summary>
    public SortedDictionary<byte[], JsonMergePatchNode?>? AsObject()
    {
        if (_members is not null || _text.Span[0] != (byte)'{')
            return _members;
        _members = new(JsonMergePatchText.KeyOrder);
        var reader = JsonMergePatchText.Reader(_text.Span);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var key = JsonMergePatchText.Unescape(reader.ValueSpan);
            reader.Read();
            _members[key] = Take(ref reader);
        }

        return _members;
    }

    /// <summary>The items, when it is an array.</summary>
    public List<JsonMergePatchNode?>? AsArray()
    {
        if (_items is not null || _text.Span[0] != (byte)'[')
            return _items;
        _items = [];
        var reader = JsonMergePatchText.Reader(_text.Span);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            _items.Add(Take(ref reader));
        return _items;
    }

    /// <summary>Takes nulls out of objects, as RFC 7396 wants, and out of arrays, as it does not: a quirk.</summary>
    public void PruneNulls()
    {
        if (AsObject() is { } members)
        {
            foreach (var (key, value) in members.ToArray())
            {
                if (value is null)
                    members.Remove(key);
                else
                    value.PruneNulls();
            }
        }
        else if (AsArray() is { } items)
        {
            items.RemoveAll(item => item is null);
            items.ForEach(item => item!.PruneNulls());
        }
    }

    /// <summary>Writes it compact; with sorted keys where the members were asked for.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        if (_members is not null)
            JsonMergePatchText.WriteObject(output, _members, Write);
        else if (_items is not null)
            JsonMergePatchText.WriteArray(output, _items, Write);
        else
            JsonMergePatchText.WriteCompact(output, _text.Span);

        static void Write(IBufferWriter<byte> output, JsonMergePatchNode? node)
        {
            if (node is null)
                output.Write("null"u8);
            else
                node.WriteTo(output);
        }
    }

    private JsonMergePatchNode? Take(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return new(_text[start..(int)reader.BytesConsumed]);
    }
}
