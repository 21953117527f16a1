namespace Threads.Data.Sequences;

/// <summary>
/// One run of edits at one place: so many units inserted at a position, or so many deleted from it on. Positions are those of the text as the runs before left it.
/// </summary>
internal readonly record struct SequenceRun(bool IsDelete, int Position, int Length);
