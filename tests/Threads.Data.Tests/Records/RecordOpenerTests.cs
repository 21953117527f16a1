using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Threads.Data.Cryptography;
using Threads.Data.Ipld;
using Threads.Data.Records;

namespace Threads.Data.Tests.Records;

// T-REC-1, T-REC-4, T-REC-6.
public sealed class RecordOpenerTests : IDisposable
{
    private readonly SampleThread _thread = new();

    public void Dispose() => _thread.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(200)]
    [InlineData(300)]
    [InlineData(70_000)]
    public void What_is_sealed_opens_again(int size)
    {
        var payload = RandomNumberGenerator.GetBytes(size);
        var record = _thread.Seal(payload, _thread.Seal("first").RecordCid);
        Assert.Equal(RecordRefusal.None, _thread.Open(record, out var opened));
        Assert.True(opened!.SignatureHolds(_thread.LogPublicKey));
        Assert.Equal(record.Row, opened.Row);
        Assert.Equal(record.RecordCid, opened.RecordCid);
        var bytes = new byte[opened.PayloadSize];
        Assert.Equal(RecordRefusal.None, RecordOpener.OpenBody(opened, _thread.ReadKey, bytes));
        Assert.Equal(payload, bytes);
        CborReader.Validate(record.RecordBlock);
        CborReader.Validate(record.EventBlock());
        CborReader.Validate(record.HeaderBlock());
        CborReader.Validate(record.BodyBlock());
        Assert.Equal(record.BodyCid, Cid.ForDagCbor(record.BodyBlock()));
        Assert.Equal(record.HeaderCid, Cid.ForDagCbor(record.HeaderBlock()));
        Assert.Equal(record.EventCid, Cid.ForDagCbor(record.EventBlock()));
        Assert.Equal(record.RecordCid, Cid.ForDagCbor(record.RecordBlock));
    }

    [Fact]
    public void Row_gives_back_the_identical_record()
    {
        var previous = _thread.Seal("first").RecordCid;
        var record = _thread.Seal("text", previous);
        var again = SealedRecord.FromRow(record.Row, previous, _thread.ReplicaKey, _thread.Identity);
        Assert.Equal(record.RecordCid, again!.RecordCid);
        Assert.Equal(record.RecordBlock.ToArray(), again.RecordBlock.ToArray());
        Assert.Equal(record.Row, again.Row);
        Assert.NotSame(record.Row, again.Row);
    }

    [Fact]
    public void Row_alone_opens_to_the_payload()
    {
        var record = _thread.Seal("text");
        Assert.True(RecordRow.TryRead(record.Row, out var row));
        var writer = new ArrayBufferWriter<byte>();
        Assert.Equal(RecordRefusal.None, RecordOpener.OpenBody(row, _thread.ReadKey, writer));
        Assert.Equal("text", Encoding.UTF8.GetString(writer.WrittenSpan));
    }

    [Fact]
    public void Row_cut_short_is_refused()
    {
        var record = _thread.Seal("");
        for (var size = 0; size < record.Row.Length; size++)
        {
            Assert.False(RecordRow.TryRead(record.Row.AsSpan(0, size), out _));
            Assert.Null(SealedRecord.FromRow(record.Row.AsSpan(0, size), default, _thread.ReplicaKey, _thread.Identity));
        }
    }

    [Fact]
    public void Row_whose_header_length_lies_is_refused()
    {
        var row = (byte[])_thread.Seal("text").Row.Clone();
        row[RecordRow.HeaderLengthStart] = 0x7f;
        Assert.False(RecordRow.TryRead(row, out _));
        row[RecordRow.HeaderLengthStart] = 0x05;
        Assert.False(RecordRow.TryRead(row, out _));
    }

    [Fact]
    public void Two_seals_of_one_payload_share_no_byte_of_key_or_nonce()
    {
        var a = _thread.Seal("same");
        var b = _thread.Seal("same");
        Assert.NotEqual(a.EventCid, b.EventCid);
        Assert.NotEqual(a.SealedHeader[..12].ToArray(), b.SealedHeader[..12].ToArray());
        Assert.NotEqual(a.SealedBody[..12].ToArray(), b.SealedBody[..12].ToArray());
        Assert.NotEqual(a.RecordBlock[2..14].ToArray(), b.RecordBlock[2..14].ToArray());
    }

    [Fact]
    public void Any_flipped_bit_in_any_block_is_refused()
    {
        var record = _thread.Seal("some text", _thread.Seal("first").RecordCid);
        byte[][] blocks = [record.RecordBlock.ToArray(), record.EventBlock(), record.HeaderBlock(), record.BodyBlock()];
        foreach (var block in blocks)
        {
            for (var bit = 0; bit < block.Length * 8; bit++)
            {
                block[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.NotEqual(RecordRefusal.None, RecordOpener.OpenRecord(_thread.ReplicaKey, blocks[0], blocks[1], blocks[2], blocks[3], out var opened));
                Assert.Null(opened);
                block[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }

        Assert.Equal(RecordRefusal.None, RecordOpener.OpenRecord(_thread.ReplicaKey, blocks[0], blocks[1], blocks[2], blocks[3], out _));
    }

    // I7: garbage gives a named refusal.
    [Fact]
    public void Garbage_is_refused_and_nothing_is_thrown()
    {
        var record = _thread.Seal("some text");
        Prop.ForAll<byte[], byte[], int>((a, b, which) =>
        {
            byte[][] blocks = [record.RecordBlock.ToArray(), record.EventBlock(), record.HeaderBlock(), record.BodyBlock()];
            blocks[(uint)which % 4] = a;
            blocks[(uint)which / 4 % 4] = b;
            return RecordOpener.OpenRecord(_thread.ReplicaKey, blocks[0], blocks[1], blocks[2], blocks[3], out _) != RecordRefusal.None;
        }).QuickCheckThrowOnFailure();
    }

    // I7, with the replica key in the sender's hands.
    [Fact]
    public void Garbage_under_the_replica_key_is_refused_and_nothing_is_thrown()
    {
        var record = _thread.Seal("some text");
        var good = new byte[RecordLayout.FirstRecordSize];
        Assert.True(_thread.ReplicaKey.TryOpen(record.RecordBlock[2..], good));
        Prop.ForAll<byte[], int, byte>((garbage, place, change) =>
        {
            var node = (byte[])good.Clone();
            node[(uint)place % (uint)node.Length] ^= change;
            var altered = RecordOpener.OpenRecord(
                _thread.ReplicaKey, SealNode(node), record.EventBlock(), record.HeaderBlock(), record.BodyBlock(), out var opened);
            if (altered == RecordRefusal.None && change != 0 && opened!.SignatureHolds(_thread.LogPublicKey))
                return false;
            return RecordOpener.OpenRecord(
                _thread.ReplicaKey, SealNode(garbage), record.EventBlock(), record.HeaderBlock(), record.BodyBlock(), out _) != RecordRefusal.None;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Blocks_of_another_record_are_named()
    {
        var a = _thread.Seal("a");
        var b = _thread.Seal("b");
        Assert.Equal(RecordRefusal.OtherEvent, Refusal(a.RecordBlock, b.EventBlock(), b.HeaderBlock(), b.BodyBlock()));
        Assert.Equal(RecordRefusal.OtherHeader, Refusal(a.RecordBlock, a.EventBlock(), b.HeaderBlock(), a.BodyBlock()));
        Assert.Equal(RecordRefusal.OtherBody, Refusal(a.RecordBlock, a.EventBlock(), a.HeaderBlock(), b.BodyBlock()));
    }

    [Fact]
    public void Blocks_beyond_the_limits_are_refused_before_anything_is_opened()
    {
        var record = _thread.Seal(new byte[2000]);
        var limits = new RecordLimits { MaxBodyBytes = 1000 };
        Assert.Equal(
            RecordRefusal.TooLarge,
            RecordOpener.OpenRecord(_thread.ReplicaKey, record.RecordBlock, record.EventBlock(), record.HeaderBlock(), record.BodyBlock(), out _, limits));
        Assert.Equal(RecordRefusal.TooLarge, Refusal(record.RecordBlock, record.EventBlock(), new byte[2000], record.BodyBlock()));
        Assert.Equal(RecordRefusal.TooLarge, Refusal(SealNode(new byte[2000]), record.EventBlock(), record.HeaderBlock(), record.BodyBlock()));
    }

    [Fact]
    public void Blocks_with_a_longer_head_than_needed_are_refused()
    {
        var record = _thread.Seal("a");
        byte[] header = [0x59, 0x00, .. record.HeaderBlock().AsSpan(1)];
        Assert.Equal(RecordRefusal.MalformedBlock, Refusal(record.RecordBlock, record.EventBlock(), header, record.BodyBlock()));
        Assert.Equal(RecordRefusal.MalformedBlock, Refusal(record.RecordBlock, record.EventBlock(), [.. record.HeaderBlock(), 0], record.BodyBlock()));
        Assert.Equal(RecordRefusal.MalformedBlock, Refusal(record.RecordBlock, record.EventBlock(), [], record.BodyBlock()));
        Assert.Equal(RecordRefusal.MalformedEvent, Refusal(record.RecordBlock, [.. record.EventBlock(), 0], record.HeaderBlock(), record.BodyBlock()));
    }

    [Fact]
    public void An_identity_that_is_no_point_is_refused_on_a_first_record()
    {
        byte[] identity = [0x08, 0x01, 0x12, 0x20, 1, .. new byte[31]];
        var record = RecordSealer.Seal(_thread.ReplicaKey, _thread.ReadKey, _thread.LogKey, identity, default, "a"u8, SystemRandomSource.Instance);
        Assert.Equal(RecordRefusal.BadIdentity, _thread.Open(record, out _));
    }

    [Theory]
    [InlineData("a0")] // an empty map, which go-threads decodes
    [InlineData("a1636b657940")]
    [InlineData("a1636b65795820000000000000000000000000000000000000000000000000000000000000000000")]
    public void A_header_without_one_content_key_is_refused(string header)
    {
        var record = _thread.Seal("a");
        var row = WithHeader(record, Convert.FromHexString(header));
        Assert.True(RecordRow.TryRead(row, out var parts));
        Assert.Equal(RecordRefusal.MalformedHeader, RecordOpener.OpenBody(parts, _thread.ReadKey, new byte[parts.PayloadSize]));
    }

    [Fact]
    public void A_body_under_another_content_key_is_refused()
    {
        var record = _thread.Seal("a");
        var row = WithHeader(record, [0xa1, 0x63, (byte)'k', (byte)'e', (byte)'y', 0x58, 0x20, .. new byte[32]]);
        Assert.True(RecordRow.TryRead(row, out var parts));
        var payload = new byte[] { 0xaa };
        Assert.Equal(RecordRefusal.BodySealed, RecordOpener.OpenBody(parts, _thread.ReadKey, payload));
        Assert.Equal(0, payload[0]);
    }

    [Fact]
    public void Open_throws_the_refusal_with_the_record_and_what_to_do()
    {
        var record = _thread.Seal("a");
        using var other = new Ed25519PrivateKey(SHA256.HashData("other"u8));
        Assert.True(Ed25519PublicKey.TryCreate(other.PublicKey, out var key));
        using (key)
        {
            var e = Assert.Throws<RecordRefusedException>(() => RecordOpener.Open(
                _thread.ReplicaKey, key, record.RecordBlock, record.EventBlock(), record.HeaderBlock(), record.BodyBlock()));
            Assert.Equal(RecordRefusal.BadSignature, e.Refusal);
            Assert.Equal(record.RecordCid, e.Record);
            Assert.Contains($"'{record.RecordCid}'", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_refusal_has_its_text()
    {
        foreach (var refusal in Enum.GetValues<RecordRefusal>().Where(r => r != RecordRefusal.None))
            Assert.Contains("'stored'", new RecordRefusedException(refusal, default).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_previous_that_is_no_record_block_is_not_sealed() =>
        Assert.Throws<ArgumentException>(() => _thread.Seal("a", Cid.ForRaw("x"u8)));

    private RecordRefusal Refusal(ReadOnlySpan<byte> record, ReadOnlySpan<byte> eventBlock, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body) =>
        RecordOpener.OpenRecord(_thread.ReplicaKey, record, eventBlock, header, body, out _);

    private byte[] SealNode(byte[] node)
    {
        var bytes = new byte[SymmetricKey.SealedSize(node.Length)];
        _thread.ReplicaKey.Seal(new byte[12], node, bytes);
        var head = RecordLayout.BytesHeadSize(bytes.Length);
        byte[] block = [.. new byte[head], .. bytes];
        RecordLayout.WriteBytesHead(block, bytes.Length);
        return block;
    }

    private byte[] WithHeader(SealedRecord record, byte[] header)
    {
        var bytes = new byte[SymmetricKey.SealedSize(header.Length)];
        _thread.ReadKey.Seal(new byte[12], header, bytes);
        return [.. record.Row.AsSpan(0, RecordRow.HeaderLengthStart), (byte)bytes.Length, .. bytes, .. record.SealedBody];
    }
}
