using System.Text.Json;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Merging;

/// <summary>
/// JSON per path: what changed in a document is told member by member, and element by element where all elements of an array have an id of their own. Arrays without
/// are values. A new document, NULL, and what is no JSON is assigned.
/// </summary>
internal sealed class JsonMerge(string[] members) : IMergeKind
{
    public const string Kind = "json";

    /// <summary>Larger documents are assigned whole.</summary>
    private const int MaxBytes = 1 << 24;

    /// <summary>Deeper ones too: their values must fit into a payload, of which every level of a document may take two.</summary>
    private const int MaxDepth = 28;

    private static readonly string[] IdNames = ["id", "Id", "ID", "_id"];

    private readonly string[] _members = [.. members, .. IdNames];

    public ICellOperation? TryDiff(MergeCell was, in SqlValue now, bool isNew, CborWriter arguments)
    {
        var before = was.Value;
        if (isNew || before.Type != SqliteNative.Text || now.Type != SqliteNative.Text || before.Bytes.Length > MaxBytes || now.Bytes.Length > MaxBytes)
        {
            return null;
        }

        if (JsonTree.TryParse(before.Bytes, MaxDepth) is not { } old || JsonTree.TryParse(now.Bytes, MaxDepth) is not { } changed || old.Kind != changed.Kind)
        {
            return null;
        }

        var changes = new List<Action<CborWriter>>();
        if (!Diff([], old, changed, changes) || changes.Count > JsonPatch.MaxChanges)
        {
            return null;
        }

        arguments.StartArray(changes.Count);
        foreach (var change in changes)
        {
            change(arguments);
        }

        return JsonPatch.Instance;
    }

    /// <summary>False: only as a whole.</summary>
    private bool Diff(JsonStep[] path, JsonTree old, JsonTree now, List<Action<CborWriter>> changes)
    {
        if (JsonTree.Same(old, now) && old.Kind != JsonValueKind.Object)
        {
            return true;
        }

        if (path.Length < JsonPatch.MaxSteps)
        {
            if (old.Kind == JsonValueKind.Object && now.Kind == JsonValueKind.Object)
            {
                DiffMembers(path, old, now, changes);
                return true;
            }

            if (old.Kind == JsonValueKind.Array && now.Kind == JsonValueKind.Array && DiffElements(path, old.Items, now.Items, changes))
            {
                return true;
            }
        }

        if (path.Length == 0)
        {
            return false;
        }

        changes.Add(writer =>
        {
            Begin(writer, 3, "set", path);
            JsonIpld.Write(writer, now);
        });
        return true;
    }

    private void DiffMembers(JsonStep[] path, JsonTree old, JsonTree now, List<Action<CborWriter>> changes)
    {
        foreach (var name in old.Members.Keys)
        {
            if (!now.Members.ContainsKey(name))
            {
                JsonStep[] at = [.. path, new JsonStep(name, null)];
                changes.Add(writer => Begin(writer, 2, "remove", at));
            }
        }

        foreach (var (name, value) in now.Members)
        {
            JsonStep[] at = [.. path, new JsonStep(name, null)];
            if (old.Members.TryGetValue(name, out var before))
            {
                Diff(at, before, value, changes);
                continue;
            }

            changes.Add(writer =>
            {
                Begin(writer, 3, "set", at);
                JsonIpld.Write(writer, value);
            });
        }
    }

    private bool DiffElements(JsonStep[] path, List<JsonTree> old, List<JsonTree> now, List<Action<CborWriter>> changes)
    {
        foreach (var member in _members)
        {
            if (JsonElements.Ids(old, member) is { } oldIds && JsonElements.Ids(now, member) is { } ids && old.Count + now.Count > 0)
            {
                DiffElements(path, member, old, oldIds, now, ids, changes);
                return true;
            }
        }

        return false;
    }

    private void DiffElements(JsonStep[] path, string member, List<JsonTree> old, List<string> oldIds, List<JsonTree> now, List<string> ids, List<Action<CborWriter>> changes)
    {
        var present = ids.ToHashSet(StringComparer.Ordinal);
        var before = oldIds.Zip(old).ToDictionary(e => e.First, e => e.Second, StringComparer.Ordinal);
        foreach (var (id, element) in before)
        {
            if (!present.Contains(id))
            {
                JsonStep[] at = [.. path, new JsonStep(member, element.Members[member])];
                changes.Add(writer => Begin(writer, 2, "remove", at));
            }
        }

        for (var i = 0; i < now.Count; i++)
        {
            var element = now[i];
            if (before.TryGetValue(ids[i], out var other))
            {
                Diff([.. path, new JsonStep(member, element.Members[member])], other, element, changes);
                continue;
            }

            var after = i == 0 ? null : now[i - 1].Members[member];
            changes.Add(writer =>
            {
                Begin(writer, 5, "insert", path);
                writer.WriteText(member);
                JsonIpld.Write(writer, after ?? JsonTree.Of(JsonValueKind.Null));
                JsonIpld.Write(writer, element);
            });
        }

        if (!oldIds.Where(present.Contains).SequenceEqual(ids.Where(before.ContainsKey)))
        {
            changes.Add(writer =>
            {
                Begin(writer, 4, "order", path);
                writer.WriteText(member);
                writer.StartArray(now.Count);
                foreach (var element in now)
                {
                    JsonIpld.Write(writer, element.Members[member]);
                }
            });
        }
    }

    private static void Begin(CborWriter writer, int parts, string verb, JsonStep[] path)
    {
        writer.StartArray(parts);
        writer.WriteText(verb);
        writer.StartArray(path.Length);
        foreach (var step in path)
        {
            step.Write(writer);
        }
    }
}
