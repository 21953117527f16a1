using System.Runtime.InteropServices;
using Threads.Data.Ipld;

namespace Threads.Data.Identity;

/// <summary>
/// The numbers by which two peers see whether they know the same of a thread (FORMATS 5, Edges): FNV-1a, 64 bits, over id and value of each entry,
/// sorted bytewise by id, then value. An empty list gives the function's basis; that stores answer 0 for "unknown" is theirs to do.
/// </summary>
public static class Edges
{
    private const ulong Basis = 0xcbf29ce484222325;
    private const ulong Prime = 0x100000001b3;

    /// <summary>Over the heads of the logs. A log whose head is undefined counts with its id alone, as in the fast check of GetRecords.</summary>
    public static ulong Heads(IEnumerable<(LogId Log, Cid Head)> heads) =>
        Compute(heads.Select(static entry => (entry.Log.Bytes.ToArray(), entry.Head.ToBytes())));

    /// <summary>Over the addresses of the logs; the caller leaves out those that expired.</summary>
    public static ulong Addresses(IEnumerable<(LogId Log, Multiaddress Address)> addresses) =>
        Compute(addresses.Select(static entry => (entry.Log.Bytes.ToArray(), entry.Address.ToBytes())));

    internal static ulong Compute(IEnumerable<(byte[] Id, byte[] Value)> entries)
    {
        var sorted = entries.ToList();
        sorted.Sort(static (a, b) =>
        {
            var order = a.Id.AsSpan().SequenceCompareTo(b.Id);
            return order != 0 ? order : a.Value.AsSpan().SequenceCompareTo(b.Value);
        });
        var hash = Basis;
        foreach (ref readonly var entry in CollectionsMarshal.AsSpan(sorted))
            hash = Add(Add(hash, entry.Id), entry.Value);
        return hash;
    }

    internal static ulong Hash(ReadOnlySpan<byte> bytes) => Add(Basis, bytes);

    private static ulong Add(ulong hash, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
            hash = (hash ^ value) * Prime;
        return hash;
    }
}
