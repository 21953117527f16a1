using System.Security.Cryptography;
using System.Text;
using Threads.Data.Cryptography;
using Threads.Data.Records;

namespace Threads.Data.Tests.Records;

// T-ID-8: one test for each line, and what stays closed.
public sealed class WhatEachKeyOpensTests : IDisposable
{
    private const string Payload = "a payload that nobody without the read key may see";

    private readonly SampleThread _thread = new();
    private readonly SealedRecord _first;
    private readonly SealedRecord _record;

    public WhatEachKeyOpensTests()
    {
        _first = _thread.Seal("first");
        _record = _thread.Seal(Payload, _first.RecordCid);
    }

    public void Dispose() => _thread.Dispose();

    [Fact]
    public void Without_a_key_a_record_is_opaque()
    {
        byte[] all = [.. _record.RecordBlock, .. _record.EventBlock(), .. _record.HeaderBlock(), .. _record.BodyBlock()];
        foreach (var hidden in new[] { Encoding.UTF8.GetBytes(Payload), _record.Signature.ToArray(), _record.Identity.ToArray(), _first.RecordCid.ToBytes() })
            Assert.Equal(-1, all.AsSpan().IndexOf(hidden.AsSpan(0, 16)));
        using var other = new SymmetricKey(SHA256.HashData("no key"u8));
        Assert.Equal(
            RecordRefusal.RecordSealed,
            RecordOpener.OpenRecord(other, _record.RecordBlock, _record.EventBlock(), _record.HeaderBlock(), _record.BodyBlock(), out var opened));
        Assert.Null(opened);
    }

    [Fact]
    public void The_replica_key_opens_links_signature_and_identity_and_no_content()
    {
        Assert.Equal(RecordRefusal.None, _thread.Open(_record, out var opened));
        Assert.Equal(_first.RecordCid, opened!.Previous);
        Assert.Equal(_thread.Identity, opened.Identity.ToArray());
        Assert.True(opened.SignatureHolds(_thread.LogPublicKey));
        var payload = new byte[opened.PayloadSize];
        Assert.Equal(RecordRefusal.HeaderSealed, RecordOpener.OpenBody(opened, _thread.ReplicaKey, payload));
        Assert.Equal(new byte[payload.Length], payload);
        Assert.False(_thread.ReplicaKey.TryOpen(opened.SealedBody, payload));
    }

    [Fact]
    public void The_read_key_opens_content_and_alone_neither_links_nor_bodies_without_header()
    {
        Assert.Equal(RecordRefusal.None, _thread.Open(_record, out var opened));
        var payload = new byte[opened!.PayloadSize];
        Assert.Equal(RecordRefusal.None, RecordOpener.OpenBody(opened, _thread.ReadKey, payload));
        Assert.Equal(Payload, Encoding.UTF8.GetString(payload));
        Assert.False(_thread.ReadKey.TryOpen(opened.SealedBody, payload));
        Assert.Equal(
            RecordRefusal.RecordSealed,
            RecordOpener.OpenRecord(_thread.ReadKey, _record.RecordBlock, _record.EventBlock(), _record.HeaderBlock(), _record.BodyBlock(), out _));
    }

    [Fact]
    public void Both_keys_do_not_write_the_log()
    {
        using var own = new Ed25519PrivateKey(SHA256.HashData("not the log's"u8));
        var forged = RecordSealer.Seal(_thread.ReplicaKey, _thread.ReadKey, own, _thread.Identity, _record.RecordCid, "forged"u8, SystemRandomSource.Instance);
        Assert.Equal(RecordRefusal.None, _thread.Open(forged, out var opened));
        Assert.False(opened!.SignatureHolds(_thread.LogPublicKey));
    }

    [Fact]
    public void The_log_key_writes_that_log()
    {
        var next = _thread.Seal("next", _record.RecordCid);
        Assert.Equal(RecordRefusal.None, _thread.Open(next, out var opened));
        Assert.True(opened!.SignatureHolds(_thread.LogPublicKey));
    }

    [Fact]
    public void The_log_key_opens_nothing()
    {
        var seed = new byte[32];
        _thread.LogKey.CopySeed(seed);
        using var asKey = new SymmetricKey(seed);
        Assert.Equal(
            RecordRefusal.RecordSealed,
            RecordOpener.OpenRecord(asKey, _record.RecordBlock, _record.EventBlock(), _record.HeaderBlock(), _record.BodyBlock(), out _));
    }

    [Fact]
    public void One_content_key_opens_one_body()
    {
        Assert.Equal(RecordRefusal.None, _thread.Open(_record, out var opened));
        var header = new byte[RecordLayout.HeaderSize];
        Assert.True(_thread.ReadKey.TryOpen(opened!.SealedHeader, header));
        using var contentKey = new SymmetricKey(header.AsSpan(7));
        Assert.True(contentKey.TryOpen(opened.SealedBody, new byte[opened.PayloadSize]));
        Assert.False(contentKey.TryOpen(_first.SealedBody, new byte[_first.PayloadSize]));
        Assert.False(contentKey.TryOpen(opened.SealedHeader, header));
    }
}
