using System.Buffers.Binary;
using Threads.Data.Records;

namespace Threads.Data.Pipeline;

/// <summary>The four blocks of a waiting record in one byte string, each behind its length in four bytes.</summary>
internal static class PendingBlocks
{
    public static byte[] Pack(SealedRecord record)
    {
        byte[][] blocks = [record.RecordBlock.ToArray(), record.EventBlock(), record.HeaderBlock(), record.BodyBlock()];
        var packed = new byte[blocks.Sum(b => b.Length + sizeof(int))];
        var rest = packed.AsSpan();
        foreach (var block in blocks)
        {
            BinaryPrimitives.WriteInt32LittleEndian(rest, block.Length);
            block.CopyTo(rest[sizeof(int)..]);
            rest = rest[(block.Length + sizeof(int))..];
        }

        return packed;
    }

    public static IncomingRecord Open(ReadOnlySpan<byte> packed, RecordIntake intake, byte[]? logKey)
        => intake.Open(Next(ref packed), Next(ref packed), Next(ref packed), Next(ref packed), logKey);

    private static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> rest)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        var block = rest.Slice(sizeof(int), length);
        rest = rest[(length + sizeof(int))..];
        return block;
    }
}
