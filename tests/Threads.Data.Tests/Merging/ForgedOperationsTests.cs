using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Merging;
using Threads.Data.Records;
using Threads.Data.Tests.AdoNet;
using Threads.Data.Tests.Pipeline;

namespace Threads.Data.Tests.Merging;

/// <summary>A member who seals operations that make no sense: whoever takes them, in whatever order, holds the same (I1, I7).</summary>
public class ForgedOperationsTests
{
    private const string Schema = "CREATE TABLE n(id INTEGER PRIMARY KEY, a INTEGER DEFAULT 4, b REAL, c TEXT, d)";

    private static readonly string[] Operations = [.. MergeKinds.Names, "nobody's"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Whatever_operations_a_member_seals_all_hold_the_same(int seed)
    {
        var random = new Random(seed);
        using var alice = Peer.New(Schema);
        alice.Run("INSERT INTO n(id, a) VALUES(1, 1)");
        using var inOrder = alice.Join();
        using var late = alice.Join();
        using var mallory = new Forger(alice);
        using var trudy = new Forger(alice);
        var files = new List<byte[]>[] { Forge(mallory, random), Forge(trudy, random) };
        foreach (var file in files[0].Zip(files[1], (m, t) => new[] { m, t }).SelectMany(f => f))
        {
            inOrder.Import(file);
        }

        foreach (var file in files[1].Concat(files[0]))
        {
            late.Import(file);
        }

        inOrder.Import(alice.Export());
        late.Import(alice.Export());
        inOrder.SendTo(alice);
        var expected = Capture.CapturePair.Dump(inOrder.Connection);
        foreach (var peer in new[] { alice, inOrder, late })
        {
            Assert.Equal(expected, Capture.CapturePair.Dump(peer.Connection));
            peer.Connection.Thread.RebuildViews();
            Assert.Equal(expected, Capture.CapturePair.Dump(peer.Connection));
            peer.Connection.Run("UPDATE n SET a = 1, b = 2, c = 3, d = 4");
        }
    }

    [Fact]
    public void An_operation_in_a_delete_or_on_a_key_is_refused()
    {
        using var alice = Peer.New(Schema);
        alice.Run("INSERT INTO n(id) VALUES(1)");
        foreach (var shape in new[]
        {
            new EventShape(EventKind.Delete, "n", 1, ["id", "a"], [null, "+"]),
            new EventShape(EventKind.Save, "n", 1, ["id", "a"], ["+", null]),
            new EventShape(EventKind.Save, "n", 1, ["id", "a"], [null, new string('x', 33)]),
            new EventShape(EventKind.Save, "n", 1, ["id", "a", "a"], [null, "+", null]),
        })
        {
            using var forger = new Forger(alice);
            var opening = forger.Opening(1_000_000);
            var record = forger.Seal(opening.RecordCid, forger.Payload(2, 2_000_000, shape, w => Array.ForEach(shape.Columns, _ => w.WriteInt64(1))));
            Assert.Equal(ThreadsErrorCode.RecordRefused, Assert.Throws<ThreadsException>(() => alice.Import(Forger.File(opening, record))).ThreadsErrorCode);
        }
    }

    private static List<byte[]> Forge(Forger forger, Random random)
    {
        var time = 1_000_000L + random.Next(1_000);
        var last = forger.Opening(time);
        SealedRecord[] unsent = [last];
        var files = new List<byte[]>();
        for (var position = 2; position < 40; position++)
        {
            time += 1 + random.Next(50_000);
            last = forger.Seal(last.RecordCid, forger.Payload(position, time, Shape(random, out var values), values));
            files.Add(Forger.File([.. unsent, last]));
            unsent = [];
        }

        return files;
    }

    private static EventShape Shape(Random random, out Action<CborWriter> values)
    {
        var kind = random.Next(12) switch { 0 => EventKind.Create, 1 => EventKind.Delete, _ => EventKind.Save };
        string[] columns = kind == EventKind.Delete ? ["id"] : kind == EventKind.Create ? ["id", "a", "b", "c", "d"] : ["id", .. random.GetItems(["a", "b", "c", "d"], 1)];
        var operations = columns.Select((_, i) => i == 0 || random.Next(5) == 0 ? null : random.GetItems(Operations, 1)[0]).ToArray();
        values = w =>
        {
            w.WriteInt64(random.Next(1, 3));
            for (var i = 1; i < columns.Length; i++)
            {
                Value(w, random, operations[i] is null ? 0 : 3);
            }
        };
        return new EventShape(kind, "n", 1, columns, operations.All(o => o is null) ? null : operations);
    }

    /// <summary>Something like a change of a document, of a set, of a custom column.</summary>
    private static void Change(CborWriter writer, Random random, int depth)
    {
        writer.StartArray(2);
        foreach (var verb in random.GetItems(["set", "remove", "insert", "order"], 2))
        {
            var values = random.Next(1, 4);
            writer.StartArray(values + 2);
            writer.WriteText(verb);
            writer.StartArray(1);
            writer.WriteText("a");
            for (; values > 0; values--)
            {
                Value(writer, random, depth);
            }
        }
    }

    private static void Value(CborWriter writer, Random random, int depth)
    {
        switch (random.Next(depth > 0 ? 16 : 10))
        {
            case 0:
                writer.WriteNull();
                break;
            case 1:
                writer.WriteInt64(random.Next(2) == 0 ? long.MaxValue : long.MinValue);
                break;
            case 2:
                writer.WriteDouble(random.NextDouble() * 1e300);
                break;
            case 3:
                writer.WriteText(random.GetItems(["", "x", "1.5", "-99999999999999999999999999.000000001", "[1,2]", "{\"id\":1,\"a\":[{\"id\":2}]}", "{\"a\":1,\"a\":2}"], 1)[0]);
                break;
            case 4:
                writer.WriteText(new string('9', random.Next(100, 140)) + ".5");
                break;
            case 5:
                writer.WriteBytes([1, 2, 3]);
                break;
            case 6 when depth > 0:
                writer.WriteUInt64(ulong.MaxValue - (ulong)random.Next(10));
                break;
            case < 10:
                writer.WriteInt64(random.Next(-100, 100));
                break;
            case < 13:
                var count = random.Next(4);
                writer.StartArray(count);
                for (; count > 0; count--)
                {
                    Value(writer, random, depth - 1);
                }

                break;
            case 13:
                Change(writer, random, depth - 1);
                break;
            default:
                writer.StartMap(2);
                writer.WriteText("a");
                Value(writer, random, depth - 1);
                writer.WriteText("b");
                Value(writer, random, depth - 1);
                break;
        }
    }
}
