namespace Threads.Data;

/// <summary>How far a long piece of work is.</summary>
/// <param name="Done">Records, rows or bytes through so far.</param>
/// <param name="Total">How many there are in all; 0 while unknown.</param>
public readonly record struct ThreadsProgress(long Done, long Total);
