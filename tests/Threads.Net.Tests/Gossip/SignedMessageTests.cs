using Google.Protobuf;
using Threads.Data.Cryptography;
using Threads.Net.Gossip;

namespace Threads.Net.Tests.Gossip;

public sealed class SignedMessageTests
{
    [SkippableFact]
    public void A_message_has_the_bytes_and_the_id_of_the_oracle()
    {
        var oracle = SharedFolder.Oracle;
        var v = oracle["gossip"]!;
        using var alice = new Ed25519PrivateKey(oracle["identities"]!["alice"]!.Bytes("seed"));
        var sequence = Convert.ToUInt64((string)v["seqno"]!, 16);
        var made = SignedMessage.Create(alice, (string)v["topic"]!, v.Bytes("data"), sequence);
        Assert.Equal(v.Bytes("messageWithoutKey"), made.Bytes.ToByteArray());
        Assert.Equal(v.Bytes("idOfSpecification"), made.Id.Bytes.ToArray());

        foreach (var name in new[] { "messageWithKey", "messageWithoutKey" })
        {
            var read = SignedMessage.TryRead(ByteString.CopyFrom(v.Bytes(name)), 256, out var reason);
            Assert.True(read is not null, reason);
            Assert.Equal(v.Bytes("data"), read.Data.ToArray());
            Assert.Equal(v.Bytes(name), read.Bytes.ToByteArray());
        }
    }

    [Fact]
    public void Whatever_is_changed_the_message_is_rejected()
    {
        using var key = Ed25519PrivateKey.Generate(SystemRandomSource.Instance);
        var bytes = SignedMessage.Create(key, "t", [1, 2, 3], 5).Bytes.ToByteArray();
        Assert.NotNull(SignedMessage.TryRead(ByteString.CopyFrom(bytes), 256, out _));
        for (var i = 0; i < bytes.Length; i++)
        {
            var changed = bytes.ToArray();
            changed[i] ^= 1;
            Assert.Null(SignedMessage.TryRead(ByteString.CopyFrom(changed), 256, out var reason));
            Assert.NotEqual("", reason);
            Assert.Null(SignedMessage.TryRead(ByteString.CopyFrom(bytes, 0, i), 256, out _));
        }

        Assert.Null(SignedMessage.TryRead(ByteString.CopyFrom([.. bytes, 0x3A, 0]), 256, out _)); // an unknown field
        Assert.Null(SignedMessage.TryRead(ByteString.CopyFrom([.. bytes, 0x22, 1, (byte)'u']), 256, out _)); // a repeated one
        Assert.Null(SignedMessage.TryRead(ByteString.CopyFrom(bytes), 0, out _)); // a topic that is too long
    }
}
