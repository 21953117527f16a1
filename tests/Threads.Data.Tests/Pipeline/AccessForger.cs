namespace Threads.Data.Tests.Pipeline;

/// <summary>What a forger needs to know of a peer's time.</summary>
internal static class AccessForger
{
    public static long Now(Peer peer) => peer.One<long>("SELECT max(time) FROM threads_records") + 1_000_000;
}
