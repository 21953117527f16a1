namespace Threads.Data.Ipld;

/// <summary>Bytes under the CID that names them.</summary>
/// <param name="Cid">What the bytes' hash was compared with, or was made of.</param>
/// <param name="Data">The bytes; where a reader hands out the block they are valid until its next.</param>
internal readonly record struct Block(Cid Cid, ReadOnlyMemory<byte> Data)
{
    public static Block OfDagCbor(ReadOnlyMemory<byte> data) => new(Cid.ForDagCbor(data.Span), data);

    /// <summary>Takes bytes from somewhere else for the block of that CID only if they hash to it.</summary>
    public static bool TryVerify(Cid cid, ReadOnlyMemory<byte> data, out Block block)
    {
        var matches = cid.Matches(data.Span);
        block = matches ? new Block(cid, data) : default;
        return matches;
    }
}
