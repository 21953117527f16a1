namespace Threads.Data;

/// <summary>What an import brought.</summary>
/// <param name="Added">Records that are new here.</param>
/// <param name="Known">Records that were here already.</param>
/// <param name="Waiting">Records kept until their predecessors come.</param>
/// <param name="Forks">Records that stand beside another one at their position; both branches count, see <c>threads_forks</c>.</param>
/// <param name="Events">Events that were folded into the tables.</param>
public sealed record ImportResult(long Added, long Known, long Waiting, int Forks, long Events)
{
    /// <summary>Of the added records, those that lie ahead of the clock by more than ten minutes; they are taken into the tables when their time comes (<c>threads_records.is_due</c>).</summary>
    public long NotDue { get; init; }

    /// <summary>Of the added records, those whose read key is not here: they are kept, passed on, and taken into the tables when their key comes (<c>threads_records.unread</c>).</summary>
    public long Locked { get; init; }

    /// <summary>One of the forks is of this file's own log: another file, a copy of this one, writes with its key. From now on this file writes a new log.</summary>
    public bool OwnLogForked { get; init; }
}
