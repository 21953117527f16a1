using System.Buffers;
using System.IO.Compression;
using System.Text;
using System.Text.Unicode;
using Threads.Data.Ipld;

namespace Threads.Data.Sequences;

/// <summary>
/// The bytes of a <see cref="TextOperation"/>, by columns:
/// <code>form · body      form 0: the body as it is; form 1: size of the body (varint) · the body deflated
/// body = length before · number of runs · (length · 2 + is delete) … · (zigzag: position less where the run before ended) … · content in UTF-8</code>
/// All numbers are varints. An inserting run ends behind what it inserted, a deleting one where it deleted; the first is measured from 0.
/// </summary>
internal static class TextOperationCodec
{
    /// <summary>No body may be more than so many times its deflated size; the writer leaves such ones as they are.</summary>
    public const int MaxInflation = 256;

    private const byte Plain = 0;
    private const byte Deflated = 1;

    /// <summary>Bodies below this are not worth a deflater.</summary>
    private const int MinDeflated = 512;

    public static byte[] Encode(TextOperation operation)
    {
        var body = new byte[10 + operation.Runs.Length * 11 + Encoding.UTF8.GetMaxByteCount(operation.Content.Length)];
        var size = Write(body, (ulong)operation.LengthBefore);
        size += Write(body.AsSpan(size), (ulong)operation.Runs.Length);
        foreach (var run in operation.Runs)
        {
            size += Write(body.AsSpan(size), (ulong)run.Length << 1 | (run.IsDelete ? 1UL : 0));
        }

        var end = 0;
        foreach (var run in operation.Runs)
        {
            size += Write(body.AsSpan(size), ZigZag(run.Position - end));
            end = run.IsDelete ? run.Position : run.Position + run.Length;
        }

        size += Encoding.UTF8.GetBytes(operation.Content, body.AsSpan(size));
        return size >= MinDeflated && Deflate(body.AsSpan(0, size)) is { } deflated ? deflated : [Plain, .. body.AsSpan(0, size)];
    }

    /// <exception cref="SequenceException">The bytes are no operation; nothing was allocated beyond a bounded multiple of their size.</exception>
    public static TextOperation Decode(ReadOnlySpan<byte> bytes)
    {
        TextOperation.Expect(!bytes.IsEmpty, SequenceError.Truncated, "a form");
        switch (bytes[0])
        {
            case Plain:
                return DecodeBody(bytes[1..]);
            case Deflated:
                bytes = bytes[1..];
                var size = Number(ref bytes, (long)bytes.Length * MaxInflation);
                return DecodeBody(Inflate(bytes, size));
            default:
                throw new SequenceException(SequenceError.Form, "it is of a form that this version does not know");
        }
    }

    private static TextOperation DecodeBody(ReadOnlySpan<byte> body)
    {
        var before = Number(ref body, TextOperation.MaxLength);
        var count = Number(ref body, body.Length / 2);
        var runs = new SequenceRun[count];
        for (var i = 0; i < count; i++)
        {
            var head = Number(ref body, TextOperation.MaxLength * 2L + 1);
            runs[i] = new SequenceRun((head & 1) == 1, 0, head >> 1);
        }

        long end = 0;
        for (var i = 0; i < count; i++)
        {
            var number = Number(ref body, TextOperation.MaxLength * 2L + 1);
            var position = end + (number >> 1 ^ -(number & 1));
            TextOperation.Expect(position is >= 0 and <= TextOperation.MaxLength, SequenceError.Position, "positions inside of the text");
            runs[i] = runs[i] with { Position = (int)position };
            end = runs[i].IsDelete ? position : position + runs[i].Length;
        }

        TextOperation.Expect(Utf8.IsValid(body), SequenceError.Content, "content in UTF-8");
        return new TextOperation(before, runs, Encoding.UTF8.GetString(body));
    }

    private static byte[]? Deflate(ReadOnlySpan<byte> body)
    {
        using var target = new MemoryStream(body.Length / 2 + 16);
        Span<byte> head = stackalloc byte[10];
        head[0] = Deflated;
        target.Write(head[..(1 + Write(head[1..], (ulong)body.Length))]);
        var start = target.Length;
        using (var deflater = new DeflateStream(target, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflater.Write(body);
        }

        return target.Length < body.Length && body.Length <= (target.Length - start) * MaxInflation ? target.ToArray() : null;
    }

    private static byte[] Inflate(ReadOnlySpan<byte> deflated, int size)
    {
        // The declared size is at most MaxInflation times what arrived, so that it may be trusted with an allocation.
        var body = new byte[size];
        var copy = ArrayPool<byte>.Shared.Rent(deflated.Length);
        try
        {
            deflated.CopyTo(copy);
            using var inflater = new DeflateStream(new MemoryStream(copy, 0, deflated.Length), CompressionMode.Decompress);
            var read = inflater.ReadAtLeast(body, size, throwOnEndOfStream: false);
            TextOperation.Expect(read == size && inflater.ReadByte() < 0, SequenceError.Inflation, "a deflated body of the size it declares");
            return body;
        }
        catch (InvalidDataException e)
        {
            throw new SequenceException(SequenceError.Inflation, "it lacks a body that can be inflated", e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    private static int Write(Span<byte> destination, ulong value) => Varint.Write(destination, value);

    private static ulong ZigZag(int value) => (ulong)(uint)(value << 1 ^ value >> 31);

    private static int Number(scoped ref ReadOnlySpan<byte> bytes, long max)
    {
        var status = Varint.Read(bytes, out var value, out var size);
        TextOperation.Expect(status != VarintStatus.Truncated, SequenceError.Truncated, "the rest of a number");
        TextOperation.Expect(status == VarintStatus.Ok && value <= (ulong)Math.Min(max, int.MaxValue), SequenceError.Number, "a number within its bounds");
        bytes = bytes[size..];
        return (int)value;
    }
}
