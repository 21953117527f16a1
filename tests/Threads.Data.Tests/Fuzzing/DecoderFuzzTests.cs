using System.Text;
using Threads.Data.Cryptography;
using Threads.Data.Events;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Data.Records;
using Threads.Data.Tests.Ipld;
using Threads.Data.Tests.Records;
using Threads.Fuzzing;
using Xunit.Abstractions;

namespace Threads.Data.Tests.Fuzzing;

/// <summary>Every decoder of bytes or text that comes from others, with inputs that nobody thought of. Strict forms also have to give back what they took.</summary>
public sealed class DecoderFuzzTests(ITestOutputHelper output)
{
    private static readonly string[] Addresses =
    [
        "/ip4/127.0.0.1/tcp/4006", "/ip6/::1/tcp/4007/ws", "/dns4/example.org/tcp/443/wss", "/ip4/1.2.3.4/udp/9/quic-v1",
        "/ip4/10.0.0.1/tcp/1/p2p/12D3KooWNW98jY6oC8EEaFFbYCc24HPRaNAJaEY7eiAvspiAgFak/p2p-circuit",
    ];

    [Fact]
    public void DAG_CBOR() => new Fuzzer(output).Run("DAG-CBOR", Enumerable.Range(0, 100).Select(CborSample.Create), bytes =>
    {
        CborReader.Validate(bytes);
        return "taken";
    }, e => e is CborException);

    [Fact]
    public void CID() => new Fuzzer(output).Run("CID", [Cid.ForDagCbor([1]).ToBytes(), Cid.ForRaw([2]).ToBytes()], bytes =>
    {
        if (!Cid.TryFromBytes(bytes, out var cid))
        {
            Assert.Throws<FormatException>(() => Cid.FromBytes(bytes));
            return "refused";
        }

        Assert.Equal(bytes, cid.ToBytes());
        Assert.Equal(cid, Cid.Parse(cid.ToString()));
        return "taken";
    }, _ => false);

    [Fact]
    public void Texts_of_identities() => new Fuzzer(output).Run("texts of CIDs, peers, threads, addresses", Addresses.Append(Cid.ForRaw([3]).ToString()).Append(ThreadId.NewRandom().ToString()).Append("12D3KooWNW98jY6oC8EEaFFbYCc24HPRaNAJaEY7eiAvspiAgFak").Select(Encoding.UTF8.GetBytes), bytes =>
    {
        var text = Encoding.UTF8.GetString(bytes);
        var answer = "";
        if (Cid.TryParse(text, out var cid))
        {
            answer += $"cid {cid.ToString().Length} ";
        }

        if (PeerId.TryParse(text, out var peer))
        {
            Assert.Equal(peer, PeerId.Parse(peer.ToString()));
            answer += "peer ";
        }

        if (ThreadId.TryParse(text, out var thread))
        {
            Assert.Equal(thread, ThreadId.Parse(thread.ToString()));
            answer += "thread ";
        }

        if (Multiaddress.TryParse(text, out var address))
        {
            Assert.Equal(address, Multiaddress.Parse(address.ToString()));
            Assert.Equal(address, Multiaddress.FromBytes(address.Bytes));
            answer += string.Join('/', address.Parts.Select(p => p.Protocol));
        }

        return answer;
    }, _ => false);

    [Fact]
    public void Multiaddress_in_binary() => new Fuzzer(output).Run("multiaddress", Addresses.Select(a => Multiaddress.Parse(a).Bytes.ToArray()), bytes =>
    {
        var address = Multiaddress.FromBytes(bytes);
        Assert.Equal(address, Multiaddress.Parse(address.ToString()));
        return string.Join('/', address.Parts.Select(p => p.Protocol));
    }, e => e is FormatException);

    [Fact]
    public void CAR()
    {
        using var file = new MemoryStream();
        using (var writer = new CarWriter(file))
        {
            writer.WriteHeader([Cid.ForRaw("a"u8)]);
            for (var i = 0; i < 5; i++)
            {
                var block = CborSample.Create(i);
                writer.WriteBlock(Cid.ForDagCbor(block), block);
            }

            writer.Flush();
        }

        new Fuzzer(output).Run("CAR", [file.ToArray()], bytes =>
        {
            using var reader = new CarReader(new MemoryStream(bytes));
            var count = 0;
            while (reader.TryReadBlock(out var cid, out var data))
            {
                Assert.True(cid.IsDefined && data.Length <= bytes.Length);
                count++;
            }

            return $"{count} blocks";
        }, e => e is CarException);
    }

    [Fact]
    public void Records_of_a_log()
    {
        using var thread = new SampleThread();
        var first = thread.Seal("first");
        var valid = new[] { first, thread.Seal("second", first.RecordCid), thread.Seal(new byte[400], first.RecordCid) };
        new Fuzzer(output).Run("record opener", valid.Select(r => Join(r.RecordBlock.ToArray(), r.EventBlock(), r.HeaderBlock(), r.BodyBlock())), bytes =>
        {
            if (!TrySplit(bytes, out var parts))
            {
                return "not four blocks";
            }

            var refusal = RecordOpener.OpenRecord(thread.ReplicaKey, parts[0], parts[1], parts[2], parts[3], out var record);
            Assert.Equal(refusal == RecordRefusal.None, record is not null);
            if (record is null)
            {
                return refusal.ToString();
            }

            var body = new byte[record.PayloadSize];
            return $"{record.SignatureHolds(thread.LogPublicKey)} {RecordOpener.OpenBody(record, thread.ReadKey, body)}";
        }, _ => false, share: 0.5);
    }

    [Fact]
    public void Nodes_inside_of_records()
    {
        using var thread = new SampleThread();
        var first = thread.Seal("first");
        var valid = new List<byte[]> { first.EventBlock() };
        foreach (var record in new[] { first, thread.Seal("second", first.RecordCid) })
        {
            Assert.True(RecordLayout.TryUnwrap(record.RecordBlock, out var sealedNode));
            var node = new byte[sealedNode.Length - SymmetricKey.Overhead];
            Assert.True(thread.ReplicaKey.TryOpen(sealedNode, node));
            valid.AddRange([record.RecordBlock.ToArray(), node]);
        }

        new Fuzzer(output).Run("nodes inside of records", valid, bytes =>
            $"{RecordLayout.TryUnwrap(bytes, out _)} {RecordLayout.TryReadEvent(bytes, out _, out _)} {RecordLayout.TryReadRecord(bytes, out _, out var previous, out _, out _) && previous.IsDefined}", _ => false);
    }

    [Fact]
    public void Rows_of_records()
    {
        using var thread = new SampleThread();
        new Fuzzer(output).Run("record row", [thread.Seal("first").Row.ToArray(), thread.Seal(new byte[300]).Row.ToArray()], bytes =>
        {
            if (!RecordRow.TryRead(bytes, out var row))
            {
                return "refused";
            }

            var refusal = RecordOpener.OpenBody(row, thread.ReadKey, new System.Buffers.ArrayBufferWriter<byte>());
            return $"{refusal} {SealedRecord.FromRow(bytes, default, thread.ReplicaKey, thread.Identity) is not null}";
        }, _ => false, share: 0.5);
    }

    [Fact]
    public void Payloads()
    {
        var shapes = new[]
        {
            new EventShape(EventKind.Create, "note", 1, ["id", "text"]),
            new EventShape(EventKind.Save, "note", 1, ["id", "text", "number"]),
            new EventShape(EventKind.Delete, "note", 1, ["id"]),
        };
        var valid = shapes.Select(shape =>
        {
            using var writer = new PayloadWriter();
            writer.Begin();
            writer.StartEvent(writer.Add(shape), shape.Columns.Length);
            foreach (var column in shape.Columns)
            {
                writer.Values.WriteText(column);
            }

            return writer.Finish([1, 2], 2, 1000).ToArray();
        });
        new Fuzzer(output).Run("payload", valid, bytes =>
        {
            var reader = new CborReader(bytes);
            var header = PayloadHeader.Read(ref reader, new ShapeCache());
            PayloadCheck.Events(ref reader, header);
            return $"{header.EventCount} events";
        }, e => e is CborException or FormatException, freeBytes: 2 * 1024 * 1024);
    }

    [Fact]
    public void Json_merge_patches()
    {
        using var writer = new CborWriter();
        JsonMergePatchCodec.Write(writer, [JsonMergePatchEvent.Create("c", "01", "{\"a\":1}"u8, 5), JsonMergePatchEvent.Save("c", "01", "{\"a\":1}"u8, "{\"b\":[1,2]}"u8, 6)]);
        new Fuzzer(output).Run("go-threads merge patches", [writer.ToArray()], bytes => $"{JsonMergePatchCodec.Read(bytes).Count} events",
            e => e is JsonMergePatchException or CborException or FormatException);
    }

    [Fact]
    public void Heads()
    {
        using var connection = new ThreadsConnection("Data Source=:memory:;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO note VALUES (1, 'a')";
        command.ExecuteNonQuery();
        new Fuzzer(output).Run("heads", [Encoding.ASCII.GetBytes(connection.Thread.Heads.ToString())], bytes =>
        {
            var heads = ThreadHeads.Parse(Encoding.ASCII.GetString(bytes));
            Assert.Equal(heads.ToString(), ThreadHeads.Parse(heads.ToString()).ToString());
            return $"{heads.Heads.Count} heads";
        }, e => e is FormatException);
    }

    private static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(p => (byte[])[(byte)(p.Length >> 8), (byte)p.Length, .. p])];

    private static bool TrySplit(byte[] bytes, out byte[][] parts)
    {
        parts = new byte[4][];
        var at = 0;
        for (var i = 0; i < 4; i++)
        {
            if (at + 2 > bytes.Length)
            {
                return false;
            }

            var length = Math.Min((bytes[at] << 8) | bytes[at + 1], bytes.Length - at - 2);
            parts[i] = bytes.AsSpan(at + 2, length).ToArray();
            at += 2 + length;
        }

        return true;
    }
}
