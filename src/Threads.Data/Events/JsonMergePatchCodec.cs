using System.Text;
using Threads.Data.Ipld;

namespace Threads.Data.Events;

/// <summary>
/// The payload of go-threads' default codec (FORMATS 4): <c>{ patches: [ { iD, patch: { type, jSONPatch, instanceID }, timestamp,
/// collectionName } … ] }</c>. Written strictly; read as laxly as go-threads does, so that its records mean the same to both.
/// </summary>
internal static class JsonMergePatchCodec
{
    /// <summary>A payload with more events is refused: empty ones take a byte on the wire and much more in memory.</summary>
    public const int MaxEvents = 1_000_000;

    private static readonly string[] PayloadFields = ["patches"];
    private static readonly string[] EventFields = ["iD", "patch", "timestamp", "collectionName"];
    private static readonly string[] PatchFields = ["type", "jSONPatch", "instanceID"];

    public static void Write(CborWriter writer, IReadOnlyList<JsonMergePatchEvent> events)
    {
        writer.StartMap(1);
        writer.WriteTextUtf8("patches"u8);
        writer.StartArray(events.Count);
        foreach (var e in events)
        {
            writer.StartMap(4);
            writer.WriteTextUtf8("iD"u8);
            writer.WriteText(e.InstanceId);
            writer.WriteTextUtf8("patch"u8);
            writer.StartMap(3);
            writer.WriteTextUtf8("type"u8);
            writer.WriteInt64((int)e.Kind);
            writer.WriteTextUtf8("jSONPatch"u8);
            if (e.Json is null)
                writer.WriteNull();
            else
                writer.WriteBytes(e.Json);
            writer.WriteTextUtf8("instanceID"u8);
            writer.WriteText(e.InstanceId);
            writer.WriteTextUtf8("timestamp"u8);
            writer.WriteInt64(e.TimestampNs);
            writer.WriteTextUtf8("collectionName"u8);
            writer.WriteText(e.Collection);
        }
    }

    /// <summary>
    /// Reads a payload, in its order. What is missing is empty, bytes behind the payload are passed over, and a timestamp that is no integer is 0.
    /// </summary>
    /// <exception cref="JsonMergePatchException">go-threads would not read it either; or an id or name is not UTF-8.</exception>
    public static List<JsonMergePatchEvent> Read(ReadOnlySpan<byte> payload)
    {
        var events = new List<JsonMergePatchEvent>();
        var reader = new JsonMergePatchReader(payload);
        var seen = 0;
        for (var fields = reader.ReadMap(); reader.HasMore(ref fields);)
        {
            Field(ref reader, ref seen, PayloadFields);
            if (reader.TryReadNull())
                continue;
            for (var count = reader.ReadList(); reader.HasMore(ref count);)
            {
                if (events.Count == MaxEvents)
                    throw new JsonMergePatchException(JsonMergePatchError.TooManyEvents, "patches");
                events.Add(ReadEvent(ref reader));
            }
        }

        return events;
    }

    /// <summary>The order in which a reader applies the events of one record: by timestamp, and by place where those are equal.</summary>
    public static IEnumerable<JsonMergePatchEvent> InOrder(IEnumerable<JsonMergePatchEvent> events) => events.OrderBy(e => e.TimestampNs);

    private static JsonMergePatchEvent ReadEvent(ref JsonMergePatchReader reader)
    {
        var kind = default(JsonMergePatchKind);
        string id = "", patched = "", collection = "";
        byte[]? json = null;
        long timestamp = 0;
        var seen = 0;
        for (var fields = reader.ReadMap(); reader.HasMore(ref fields);)
        {
            switch (Field(ref reader, ref seen, EventFields))
            {
                case 0:
                    id = reader.ReadText();
                    break;
                case 1:
                    ReadPatch(ref reader, ref kind, ref json, ref patched);
                    break;
                case 2 when reader.IsInteger():
                    timestamp = reader.ReadInteger();
                    break;
                case 2:
                    reader.Skip();
                    break;
                default:
                    collection = reader.ReadText();
                    break;
            }
        }

        // go-threads files the event under iD and patches the instance named inside the patch; its own records hold the same twice.
        return new(kind, collection, patched.Length > 0 ? patched : id, json, timestamp);
    }

    private static void ReadPatch(ref JsonMergePatchReader reader, ref JsonMergePatchKind kind, ref byte[]? json, ref string id)
    {
        var seen = 0;
        for (var fields = reader.ReadMap(); reader.HasMore(ref fields);)
        {
            switch (Field(ref reader, ref seen, PatchFields))
            {
                case 0:
                    var type = reader.ReadInteger();
                    kind = type is >= 0 and <= int.MaxValue ? (JsonMergePatchKind)type : (JsonMergePatchKind)(-1);
                    break;
                case 1:
                    json = reader.TryReadNull() ? null : reader.ReadBytes().ToArray();
                    break;
                default:
                    id = reader.ReadText();
                    break;
            }
        }
    }

    // Reads a key and returns its place among the fields; refuses others, and any that comes twice.
    private static int Field(ref JsonMergePatchReader reader, ref int seen, string[] fields)
    {
        var key = Encoding.UTF8.GetString(reader.ReadKey());
        var place = Array.IndexOf(fields, key);
        if (place < 0)
            throw new JsonMergePatchException(JsonMergePatchError.UnknownField, key);
        if ((seen & (1 << place)) != 0)
            throw new JsonMergePatchException(JsonMergePatchError.MalformedPayload, key);
        seen |= 1 << place;
        return place;
    }
}
