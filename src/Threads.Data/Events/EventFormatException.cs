namespace Threads.Data.Events;

/// <summary>A payload that opened is not one of ours: which part, and where.</summary>
internal sealed class EventFormatException(string reason) : FormatException(reason);
