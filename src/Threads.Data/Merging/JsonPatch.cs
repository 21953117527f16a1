using System.Text;
using System.Text.Json;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Merging;

/// <summary>
/// "json": changes of a document at the finest path that changed, an array of ["set", path, value], ["remove", path], ["insert", path, member, after, value] and
/// ["order", path, member, [id …]]. A step of a path is the name of a member, or [member, id]: the element of an array whose member has this value. Steps that lead nowhere change nothing:
/// what was removed stays so. Applied in total order, so the last writer wins per path.
/// </summary>
internal sealed class JsonPatch : ICellOperation
{
    public const int MaxSteps = 64;
    public const int MaxChanges = 4_096;

    public static JsonPatch Instance { get; } = new();

    public string Name => "json";

    public bool Commutes => false;

    public bool KeepsState => false;

    public bool Apply(MergeCell cell, ref CborReader arguments, in MergeStamp stamp, MergeMode mode)
    {
        var document = cell.Live as JsonTree ?? (cell.Value.Type == SqliteNative.Text ? JsonTree.TryParse(cell.Value.Bytes) : null);
        if (document is null || arguments.Peek() != CborKind.Array)
        {
            return true;
        }

        var count = arguments.ReadArray();
        for (; count > 0; count--)
        {
            var change = new CborReader(arguments.SkipRaw());
            if (count <= MaxChanges && JsonChange.TryRead(ref change) is { } read)
            {
                read.Apply(document);
            }
        }

        cell.Live = document;
        return true;
    }

    public void Finish(MergeCell cell)
    {
        if (cell.Live is JsonTree document)
        {
            cell.Value = SqlValue.OfText(document.ToUtf8());
        }
    }
}

/// <summary>One change of a document.</summary>
internal sealed record JsonChange(string Verb, JsonStep[] Path)
{
    public JsonTree? Value { get; init; }

    /// <summary>The member by which elements are known, for an insert or an order.</summary>
    public string Member { get; init; } = "";

    /// <summary>The element that an inserted one follows; null: none, it comes first.</summary>
    public string? After { get; init; }

    public List<string> Order { get; init; } = [];

    /// <summary>Null where it makes no sense.</summary>
    public static JsonChange? TryRead(ref CborReader reader)
    {
        if (reader.Peek() != CborKind.Array || reader.ReadArray() is not (>= 2 and <= 5 and var parts) || reader.Peek() != CborKind.Text)
        {
            return null;
        }

        var verb = reader.ReadText();
        if (JsonStep.TryReadPath(ref reader) is not { } path)
        {
            return null;
        }

        switch ((verb, parts))
        {
            case ("remove", 2) when path.Length > 0:
                return new JsonChange(verb, path);
            case ("set", 3) when path.Length > 0:
                return JsonIpld.Read(ref reader) is { } value ? new JsonChange(verb, path) { Value = value } : null;
            case ("insert", 5) when reader.Peek() == CborKind.Text:
                var member = reader.ReadText();
                var after = JsonIpld.Read(ref reader);
                var element = JsonIpld.Read(ref reader);
                return after is null || element is not { Kind: JsonValueKind.Object } ? null : new JsonChange(verb, path) { Member = member, After = JsonStep.IdOf(after), Value = element };
            case ("order", 4) when reader.Peek() == CborKind.Text:
                var by = reader.ReadText();
                return JsonIpld.Read(ref reader) is { Kind: JsonValueKind.Array } ids ? new JsonChange(verb, path) { Member = by, Order = [.. ids.Items.Select(JsonStep.IdOf).OfType<string>()] } : null;
            default:
                return null;
        }
    }

    public void Apply(JsonTree document)
    {
        var at = document;
        foreach (var step in Verb is "set" or "remove" ? Path[..^1] : Path)
        {
            if (step.Find(at) is not { } next)
            {
                return;
            }

            at = next;
        }

        switch (Verb)
        {
            case "set":
                Path[^1].Set(at, Value!);
                break;
            case "remove":
                Path[^1].Remove(at);
                break;
            case "insert" when at.Kind == JsonValueKind.Array && JsonStep.IdOf(Value!.Members.GetValueOrDefault(Member)) is { } id:
                JsonElements.Insert(at.Items, Member, id, After, Value);
                break;
            case "order" when at.Kind == JsonValueKind.Array:
                JsonElements.Sort(at.Items, Member, Order);
                break;
        }
    }
}
