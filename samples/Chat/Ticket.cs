using Threads.Data.Identity;

namespace Chat;

/// <summary>What lets somebody into the room: the thread, its key, and where to find a peer. One word to paste; whoever has it can read and write.</summary>
public sealed record Ticket(ThreadId Thread, string Key, string? Address)
{
    public static Ticket Parse(string text) => text.Split('~') is [var thread, var key, .. var rest] && rest.Length < 2
        ? new(ThreadId.Parse(thread), key, rest.FirstOrDefault())
        : throw new FormatException($"'{text}' is no ticket. Paste the whole word that the first chat printed.");

    public override string ToString() => string.Join('~', new[] { Thread.ToString(), Key, Address }.OfType<string>());
}
