using System.Buffers;
using System.Text.Json;

namespace Threads.Data.Events;

/// <summary>
/// Merge patches (RFC 7396) as go-threads makes and applies them: byte for byte what evanphx/json-patch 4.5 on Go's encoding/json does, quirks
/// included (FORMATS 4). Numbers in a patch that is made pass through float64; text of the document that no patch touches is kept.
/// </summary>
internal static class JsonMergePatch
{
    /// <summary>Objects and arrays nested deeper are refused.</summary>
    public const int MaxDepth = 512;

    /// <summary>The patch that leads from one document to the other; both are objects.</summary>
    /// <exception cref="JsonMergePatchException">One of them is no JSON object.</exception>
    public static byte[] Create(ReadOnlySpan<byte> previous, ReadOnlySpan<byte> current)
    {
        var before = JsonMergePatchValue.Parse(previous);
        var after = JsonMergePatchValue.Parse(current);
        if (before.Members is null || after.Members is null)
            throw new JsonMergePatchException(JsonMergePatchError.InvalidDocument, "");
        var output = new ArrayBufferWriter<byte>();
        new JsonMergePatchValue { Kind = JsonValueKind.Object, Members = Difference(before.Members, after.Members) }.WriteTo(output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The document with the patch applied. A patch that is an array takes the document's place.</summary>
    /// <exception cref="JsonMergePatchException">The document is no JSON, or the patch is neither object nor array.</exception>
    public static byte[] Apply(ReadOnlySpan<byte> document, ReadOnlySpan<byte> patch)
    {
        var target = JsonMergePatchNode.Parse(document, JsonMergePatchError.InvalidDocument);
        var change = JsonMergePatchNode.Parse(patch, JsonMergePatchError.InvalidPatch);
        if (change.AsObject() is { } members)
        {
            if (target.AsObject() is { } old)
                Merge(old, members);
            else
                (target = change).PruneNulls();
        }
        else if (change.AsArray() is not null)
        {
            (target = change).PruneNulls();
        }
        else
        {
            throw new JsonMergePatchException(JsonMergePatchError.InvalidPatch, "");
        }

        var output = new ArrayBufferWriter<byte>(document.Length + patch.Length);
        target.WriteTo(output);
        return output.WrittenSpan.ToArray();
    }

    private static void Merge(SortedDictionary<byte[], JsonMergePatchNode?> document, SortedDictionary<byte[], JsonMergePatchNode?> patch)
    {
        foreach (var (key, change) in patch)
        {
            if (change is null)
                document.Remove(key);
            else
                document[key] = Merge(document.GetValueOrDefault(key), change);
        }
    }

    private static JsonMergePatchNode Merge(JsonMergePatchNode? current, JsonMergePatchNode change)
    {
        if (current?.AsObject() is not { } old)
        {
            change.PruneNulls();
            return change;
        }

        // An array over an object is not pruned: a quirk.
        if (change.AsObject() is not { } members)
            return change;
        Merge(old, members);
        return current;
    }

    private static SortedDictionary<byte[], JsonMergePatchValue> Difference(
        SortedDictionary<byte[], JsonMergePatchValue> before, SortedDictionary<byte[], JsonMergePatchValue> after)
    {
        var patch = JsonMergePatchValue.NewMembers();
        foreach (var (key, value) in after)
        {
            if (!before.TryGetValue(key, out var old))
            {
                patch[key] = value;
            }
            else if (old.Members is not null && value.Members is not null)
            {
                var inner = Difference(old.Members, value.Members);
                if (inner.Count > 0)
                    patch[key] = new JsonMergePatchValue { Kind = JsonValueKind.Object, Members = inner };
            }
            else if (!JsonMergePatchValue.Same(old, value))
            {
                patch[key] = value;
            }
        }

        foreach (var key in before.Keys)
        {
            if (!after.ContainsKey(key))
                patch[key] = JsonMergePatchValue.Null;
        }

        return patch;
    }
}
