using Threads.Data.Access;
using Threads.Data.Logs;

namespace Threads.Data.Pipeline;

/// <summary>What leads to what, by the logs and their branches as they are stored. In a log that never forked positions tell; in one that did, the record that a head names has to be here.</summary>
internal sealed class LogAncestry(LogStore logs, RecordStore records) : ILogAncestry
{
    private readonly Dictionary<long, string> _keys = [];
    private readonly Dictionary<string, IReadOnlyList<LogEntry>> _entries = new(StringComparer.Ordinal);

    /// <summary>There may be other logs and branches.</summary>
    public void Forget()
    {
        _keys.Clear();
        _entries.Clear();
    }

    public string LogOf(long record)
    {
        var id = RecordId.Log(record);
        if (!_keys.TryGetValue(id, out var key))
        {
            _keys.Add(id, key = Convert.ToHexStringLower(logs.Get(id).PublicKey));
        }

        return key;
    }

    public bool HasBranches(string log) => Entries(log).Count > 1;

    public bool Covers(AccessHead head, long record)
    {
        if (LogOf(record) != head.Log || RecordId.Position(record) > head.Position)
        {
            return false;
        }

        var entries = Entries(head.Log);
        return entries.Count == 1 || (EntryOf(head, entries) is { } entry
            ? LeadsTo(entries, RecordId.Log(record), RecordId.Position(record), entry, head.Position)
            : entries.All(e => e.Id != RecordId.Log(record) || e.Fork is null) && entries.All(e => e.Fork is null || RecordId.Position(record) < e.Fork));
    }

    private static bool LeadsTo(IReadOnlyList<LogEntry> entries, long log, long position, LogEntry entry, long head)
    {
        while (true)
        {
            var first = entry.Fork ?? 1;
            if (entry.Id == log && position <= head && position >= first)
            {
                return true;
            }

            if (entry.Parent is not { } parent)
            {
                return false;
            }

            head = Math.Min(head, first - 1);
            entry = entries.First(e => e.Id == parent);
        }
    }

    private LogEntry? EntryOf(AccessHead head, IReadOnlyList<LogEntry> entries)
        => entries.FirstOrDefault(e => head.Position >= (e.Fork ?? 1) && records.CidOf(RecordId.Of(e.Id, head.Position)) is { } cid && Convert.ToHexStringLower(cid.Digest) == head.Digest);

    private IReadOnlyList<LogEntry> Entries(string log)
    {
        if (!_entries.TryGetValue(log, out var entries))
        {
            _entries.Add(log, entries = logs.Find(Convert.FromHexString(log)));
        }

        return entries;
    }
}
