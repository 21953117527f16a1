using Threads.Data.Sequences;

namespace Threads.Data.Merging;

/// <summary>A change as its author knows it: from the text that was before them, which may be older than the one in the table.</summary>
internal sealed record RecordedChange(string Before, string After, TextOperation? Edits);

/// <summary>Who writes the record to come, and what they said of their changes beforehand.</summary>
internal sealed class MergeAuthor
{
    /// <summary>What nobody wrote in the end is forgotten by then.</summary>
    private const int MaxRecorded = 1024;

    private readonly List<RecordedChange> _recorded = [];

    /// <summary>Four bytes of the log's public key.</summary>
    public uint Tag { get; set; }

    public void Record(RecordedChange change)
    {
        if (_recorded.Count == MaxRecorded)
        {
            _recorded.RemoveAt(0);
        }

        _recorded.Add(change);
    }

    /// <summary>The change that made this of that, or else one that ended with this; each counts once.</summary>
    public RecordedChange? Take(string before, string after)
    {
        var found = _recorded.FindIndex(r => r.After == after && r.Before == before);
        if (found < 0)
        {
            found = _recorded.FindIndex(r => r.After == after);
        }

        if (found < 0)
        {
            return null;
        }

        var change = _recorded[found];
        _recorded.RemoveAt(found);
        return change;
    }

    /// <summary>A transaction that wrote has ended.</summary>
    public void Clear() => _recorded.Clear();
}
