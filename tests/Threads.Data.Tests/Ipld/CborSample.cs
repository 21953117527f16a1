using System.Text;
using Threads.Data.Ipld;

namespace Threads.Data.Tests.Ipld;

/// <summary>Random values of every kind as strict DAG-CBOR; the same seed gives the same block.</summary>
internal static class CborSample
{
    public static byte[] Create(int seed)
    {
        using var writer = new CborWriter();
        WriteValue(writer, new Random(seed), depth: 0);
        return writer.ToArray();
    }

    private static void WriteValue(CborWriter writer, Random random, int depth)
    {
        switch (random.Next(depth < 6 ? 12 : 8))
        {
            case 0:
                writer.WriteNull();
                break;
            case 1:
                writer.WriteBoolean(random.Next(2) == 0);
                break;
            case 2:
                writer.WriteInt64(random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64));
                break;
            case 3:
                writer.WriteUInt64((ulong)random.NextInt64() * 2 >> random.Next(64));
                break;
            case 4:
                var value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
                writer.WriteDouble(double.IsFinite(value) ? value : -0.0);
                break;
            case 5:
                writer.WriteText(Text(random, random.Next(300)));
                break;
            case 6:
                writer.WriteBytes(Bytes(random));
                break;
            case 7:
                writer.WriteLink(random.Next(2) == 0 ? Cid.ForDagCbor(Bytes(random)) : Cid.ForRaw(Bytes(random)));
                break;
            case 8 or 9:
                var items = random.Next(5);
                writer.StartArray(items);
                for (var i = 0; i < items; i++)
                    WriteValue(writer, random, depth + 1);
                break;
            default:
                var keys = Enumerable.Range(0, random.Next(30)).Select(_ => Encoding.UTF8.GetBytes(Text(random, random.Next(30)))).ToList();
                keys.Sort(static (a, b) => a.Length != b.Length ? a.Length.CompareTo(b.Length) : a.AsSpan().SequenceCompareTo(b));
                for (var i = keys.Count - 1; i > 0; i--)
                {
                    if (keys[i].AsSpan().SequenceEqual(keys[i - 1]))
                        keys.RemoveAt(i);
                }
                writer.StartMap(keys.Count);
                foreach (var key in keys)
                {
                    writer.WriteTextUtf8(key);
                    WriteValue(writer, random, depth + 2);
                }
                break;
        }
    }

    private static string Text(Random random, int length)
    {
        var text = new StringBuilder();
        while (text.Length < length)
        {
            text.Append(random.Next(8) switch
            {
                0 => "é",
                1 => "日",
                2 => "😀",
                _ => ((char)random.Next(0x80)).ToString(),
            });
        }
        return text.ToString();
    }

    private static byte[] Bytes(Random random)
    {
        var bytes = new byte[random.Next(300)];
        random.NextBytes(bytes);
        return bytes;
    }
}
