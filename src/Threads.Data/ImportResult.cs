namespace Threads.Data;

/// <summary>What an import brought.</summary>
/// <param name="Added">Records that are new here.</param>
/// <param name="Known">Records that were here already.</param>
/// <param name="Waiting">Records kept until their predecessors come.</param>
/// <param name="Forks">Records that stand beside another one at their position; both branches count, see <c>threads_logs.branch_of</c>.</param>
/// <param name="Events">Events that were folded into the tables.</param>
public sealed record ImportResult(long Added, long Known, long Waiting, int Forks, long Events);
