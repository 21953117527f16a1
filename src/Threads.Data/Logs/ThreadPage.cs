namespace Threads.Data.Logs;

/// <summary>Some records that another side lacks, ready to be sent (<see cref="LocalThread.ReadPage"/>).</summary>
/// <param name="Car">The records as a CAR file of their own, which <see cref="LocalThread.Import"/> takes; empty when nothing is missing.</param>
/// <param name="Records">How many there are.</param>
/// <param name="Through">What the other side has once it took them: ask for the next page with it.</param>
/// <param name="HasMore">Whether there are more behind them.</param>
public sealed record ThreadPage(ReadOnlyMemory<byte> Car, int Records, ThreadHeads Through, bool HasMore);
