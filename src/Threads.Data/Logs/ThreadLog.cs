using Threads.Data.Identity;
using Threads.Data.Ipld;

namespace Threads.Data.Logs;

/// <summary>A log of a thread as it is here. A forked log has an entry for each of its heads.</summary>
/// <param name="Id">Its id, made of its public key.</param>
/// <param name="Head">Its newest record.</param>
/// <param name="Counter">How many records it has.</param>
public sealed record ThreadLog(LogId Id, Cid Head, long Counter);

/// <summary>A record as other peers store and send it: its four blocks (docs/format.md).</summary>
/// <param name="Record">Sealed under the replica key: signature, links to the record before it and to the event.</param>
/// <param name="Event">Links to header and body.</param>
/// <param name="Header">The content key, sealed under the read key.</param>
/// <param name="Body">What was written, sealed under the content key.</param>
public sealed record RecordBlocks(ReadOnlyMemory<byte> Record, ReadOnlyMemory<byte> Event, ReadOnlyMemory<byte> Header, ReadOnlyMemory<byte> Body)
{
    /// <summary>Size of the four.</summary>
    public int SizeBytes => Record.Length + Event.Length + Header.Length + Body.Length;
}
