namespace Threads.Data.Merging;

/// <summary>Arrays whose elements are known by the value of a member.</summary>
internal static class JsonElements
{
    public static int IndexOf(List<JsonTree> items, string member, string id) => items.FindIndex(e => JsonStep.IdOf(e.Members.GetValueOrDefault(member)) == id);

    /// <summary>Puts an element behind another one, or in the place of the one that has its id already.</summary>
    public static void Insert(List<JsonTree> items, string member, string id, string? after, JsonTree element)
    {
        var same = IndexOf(items, member, id);
        if (same >= 0)
        {
            items[same] = element;
            return;
        }

        var before = after is null ? -1 : IndexOf(items, member, after);
        items.Insert(after is not null && before < 0 ? items.Count : before + 1, element);
    }

    /// <summary>Puts those it names into this order; each of the others stays behind the one it stood behind.</summary>
    public static void Sort(List<JsonTree> items, string member, List<string> order)
    {
        var named = order.ToHashSet(StringComparer.Ordinal);
        var groups = new Dictionary<string, List<JsonTree>>(StringComparer.Ordinal);
        var sorted = new List<JsonTree>();
        var group = sorted;
        foreach (var item in items)
        {
            if (JsonStep.IdOf(item.Members.GetValueOrDefault(member)) is { } id && named.Contains(id) && !groups.ContainsKey(id))
            {
                groups.Add(id, group = []);
            }

            group.Add(item);
        }

        foreach (var id in order)
        {
            if (groups.Remove(id, out var next))
            {
                sorted.AddRange(next);
            }
        }

        items.Clear();
        items.AddRange(sorted);
    }

    /// <summary>The ids of all elements, when each is an object that has one of its own under this member; null otherwise.</summary>
    public static List<string>? Ids(List<JsonTree> items, string member)
    {
        var ids = new List<string>(items.Count);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            if (JsonStep.IdOf(item.Members.GetValueOrDefault(member)) is not { } id || !seen.Add(id))
            {
                return null;
            }

            ids.Add(id);
        }

        return ids;
    }
}
