using System.Text;
using System.Text.Json;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Merging;

/// <summary>
/// "set": [[removed …], [added …]] on a JSON array that holds each element once. Applied in total order: of an add and a remove of one element the later one counts.
/// </summary>
internal sealed class SetChange : ICellOperation
{
    public static SetChange Instance { get; } = new();

    public string Name => "set";

    public bool Commutes => false;

    public bool KeepsState => false;

    /// <summary>What makes two elements one: their values, numbers that are equal alike.</summary>
    public static string KeyOf(JsonTree element)
    {
        using var writer = new CborWriter(64);
        JsonIpld.Write(writer, element, asIdentity: true);
        return Convert.ToBase64String(writer.WrittenSpan);
    }

    public bool Apply(MergeCell cell, ref CborReader arguments, in MergeStamp stamp, MergeMode mode)
    {
        if (arguments.Peek() != CborKind.Array || arguments.ReadArray() != 2
            || JsonIpld.Read(ref arguments) is not { Kind: JsonValueKind.Array } removed || JsonIpld.Read(ref arguments) is not { Kind: JsonValueKind.Array } added)
        {
            return true;
        }

        if ((cell.Live as SetElements ?? SetElements.TryParse(cell.Value)) is not { } elements)
        {
            return true;
        }

        foreach (var element in removed.Items)
        {
            elements.Remove(KeyOf(element));
        }

        foreach (var element in added.Items)
        {
            elements.TryAdd(KeyOf(element), element);
        }

        cell.Live = elements;
        return true;
    }

    public void Finish(MergeCell cell)
    {
        if (cell.Live is SetElements elements)
        {
            cell.Value = SqlValue.OfText(elements.ToUtf8());
        }
    }
}

/// <summary>The elements of a set in the order in which they came.</summary>
internal sealed class SetElements() : OrderedDictionary<string, JsonTree>(StringComparer.Ordinal)
{
    /// <summary>NULL is the empty set; null: no JSON array.</summary>
    public static SetElements? TryParse(in SqlValue value, int maxDepth = JsonTree.MaxDepth)
    {
        var array = value.Type == SqliteNative.Text ? JsonTree.TryParse(value.Bytes, maxDepth) : null;
        if (!value.IsNull && array is not { Kind: JsonValueKind.Array })
        {
            return null;
        }

        var elements = new SetElements();
        foreach (var item in array?.Items ?? [])
        {
            elements.TryAdd(SetChange.KeyOf(item), item);
        }

        return elements;
    }

    public byte[] ToUtf8()
    {
        var array = JsonTree.Of(JsonValueKind.Array);
        array.Items.AddRange(Values);
        return array.ToUtf8();
    }
}

/// <summary>A JSON array as a set: what a change added and removed is told. NULL, and what is no JSON array, is assigned.</summary>
internal sealed class SetMerge : IMergeKind
{
    public const string Kind = "set";

    /// <summary>Elements must fit into a payload, of which every level of them may take two.</summary>
    private const int MaxDepth = 28;

    public static SetMerge Instance { get; } = new();

    public ICellOperation? TryDiff(MergeCell was, in SqlValue now, bool isNew, CborWriter arguments)
    {
        if (now.IsNull || SetElements.TryParse(was.Value, MaxDepth) is not { } before || SetElements.TryParse(now, MaxDepth) is not { } after)
        {
            return null;
        }

        arguments.StartArray(2);
        Write(arguments, [.. before.Where(e => !after.ContainsKey(e.Key)).Select(e => e.Value)]);
        Write(arguments, [.. after.Where(e => !before.ContainsKey(e.Key)).Select(e => e.Value)]);
        return SetChange.Instance;
    }

    private static void Write(CborWriter writer, List<JsonTree> elements)
    {
        writer.StartArray(elements.Count);
        foreach (var element in elements)
        {
            JsonIpld.Write(writer, element);
        }
    }
}
