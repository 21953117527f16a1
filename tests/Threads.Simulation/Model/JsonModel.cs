using System.Text.Json;
using System.Text.Json.Nodes;
using Threads.Data.Ipld;

namespace Threads.Simulation.Model;

/// <summary>What docs/format.md says of sets and documents, on the nodes of System.Text.Json.</summary>
internal static class JsonModel
{
    public static Value Set(Value held, byte[] arguments)
    {
        if (Read(arguments) is not JsonArray { Count: 2 } parts || parts[0] is not JsonArray removed || parts[1] is not JsonArray added
            || (held.IsNull ? new JsonArray() : Parse(held) as JsonArray) is not { } array)
        {
            return held;
        }

        var elements = new List<JsonNode?>();
        foreach (var element in array.Where(e => !elements.Exists(o => Same(o, e))))
        {
            elements.Add(element);
        }

        elements.RemoveAll(e => removed.Any(r => Same(r, e)));
        elements.AddRange(added.Where(a => !elements.Exists(e => Same(e, a))));
        return Value.Of(new JsonArray([.. elements.Select(e => e?.DeepClone())]).ToJsonString());
    }

    public static Value Patch(Value held, byte[] arguments)
    {
        if (Parse(held) is not { } document || Read(arguments) is not JsonArray changes)
        {
            return held;
        }

        foreach (var change in changes.OfType<JsonArray>())
        {
            Patch(document, change);
        }

        return Value.Of(document.ToJsonString());
    }

    private static void Patch(JsonNode document, JsonArray change)
    {
        var (verb, path) = (change[0]!.GetValue<string>(), change[1]!.AsArray());
        JsonNode? at = document;
        foreach (var step in verb is "set" or "remove" ? path.SkipLast(1) : path)
        {
            at = Step(at, step!);
        }

        switch (verb, at)
        {
            case ("set", JsonObject members) when path[^1] is JsonValue name:
                members[name.GetValue<string>()] = change[2]?.DeepClone();
                break;
            case ("set", JsonArray items) when path[^1] is JsonArray by && Find(items, by[0], by[1]) is >= 0 and var index:
                items[index] = change[2]?.DeepClone();
                break;
            case ("remove", JsonObject members) when path[^1] is JsonValue name:
                members.Remove(name.GetValue<string>());
                break;
            case ("remove", JsonArray items) when path[^1] is JsonArray by && Find(items, by[0], by[1]) is >= 0 and var index:
                items.RemoveAt(index);
                break;
            case ("insert", JsonArray items):
                Insert(items, change[2]!, change[3], change[4]!);
                break;
            case ("order", JsonArray items):
                Order(items, change[2]!, change[3]!.AsArray());
                break;
        }
    }

    private static JsonNode? Step(JsonNode? at, JsonNode step) => (at, step) switch
    {
        (JsonObject members, JsonValue name) => members[name.GetValue<string>()],
        (JsonArray items, JsonArray by) when Find(items, by[0], by[1]) is >= 0 and var index => items[index],
        _ => null,
    };

    private static int Find(JsonArray items, JsonNode? member, JsonNode? id)
        => items.ToList().FindIndex(i => i is JsonObject o && o[member!.GetValue<string>()] is { } held && Same(held, id));

    /// <summary>Behind the one it followed, or in place of the one that has its id.</summary>
    private static void Insert(JsonArray items, JsonNode member, JsonNode? after, JsonNode element)
    {
        if (Find(items, member, element[member.GetValue<string>()]) is >= 0 and var same)
        {
            items[same] = element.DeepClone();
            return;
        }

        var before = after is null ? -1 : Find(items, member, after);
        items.Insert(after is not null && before < 0 ? items.Count : before + 1, element.DeepClone());
    }

    /// <summary>Each that is named, in this order, with those behind it that are not.</summary>
    private static void Order(JsonArray items, JsonNode member, JsonArray ids)
    {
        var groups = new List<List<JsonNode?>> { new() };
        var firsts = new List<JsonNode?> { null };
        foreach (var item in items.ToList())
        {
            var id = item is JsonObject o ? o[member.GetValue<string>()] : null;
            if (id is not null && ids.Any(i => Same(i, id)) && !firsts.Exists(f => Same(f, id)))
            {
                groups.Add([]);
                firsts.Add(id);
            }

            groups[^1].Add(item);
        }

        var named = ids.Select(i => firsts.FindIndex(1, f => Same(f, i))).Where(i => i > 0).Distinct();
        var sorted = groups[0].Concat(named.SelectMany(i => groups[i])).ToList();
        items.Clear();
        foreach (var item in sorted)
        {
            items.Add(item);
        }
    }

    private static bool Same(JsonNode? a, JsonNode? b) => a is null ? b is null : b is not null && a.ToJsonString() == b.ToJsonString();

    private static JsonNode? Parse(Value value)
    {
        try
        {
            return value.Kind == ValueKind.Text ? JsonNode.Parse(value.TextValue) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonNode? Read(byte[] cbor)
    {
        var reader = new CborReader(cbor);
        return Read(ref reader);
    }

    private static JsonNode? Read(ref CborReader reader)
    {
        switch (reader.Peek())
        {
            case CborKind.Boolean:
                return JsonValue.Create(reader.ReadBoolean());
            case CborKind.Integer:
                return JsonValue.Create(reader.ReadInt64());
            case CborKind.Text:
                return JsonValue.Create(reader.ReadText());
            case CborKind.Array:
                var items = new JsonArray();
                for (var count = reader.ReadArray(); count > 0; count--)
                {
                    items.Add(Read(ref reader));
                }

                return items;
            case CborKind.Map:
                var members = new JsonObject();
                for (var count = reader.ReadMap(); count > 0; count--)
                {
                    var name = System.Text.Encoding.UTF8.GetString(reader.ReadKey());
                    members.Add(name, Read(ref reader));
                }

                return members;
            default:
                reader.Skip();
                return null;
        }
    }
}
