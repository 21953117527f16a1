namespace Threads.Data.Events;

/// <summary>
/// What the events of one kind on one collection have in common, written once a payload: the columns, keys first, whose values follow in each event
/// (docs/format.md).
/// </summary>
internal sealed record EventShape(EventKind Kind, string Collection, int KeyCount, string[] Columns);
