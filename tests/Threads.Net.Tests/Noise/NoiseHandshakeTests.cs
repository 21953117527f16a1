using Threads.Data.Cryptography;
using Threads.Net.Noise;

namespace Threads.Net.Tests.Noise;

public sealed class NoiseHandshakeTests
{
    [SkippableFact]
    public void A_handshake_from_fixed_keys_gives_the_bytes_of_js_libp2p()
    {
        var v = SharedFolder.Oracle["noise"]!;
        using var alice = new X25519PrivateKey(v.Bytes("initiatorStaticPrivate"));
        using var bob = new X25519PrivateKey(v.Bytes("responderStaticPrivate"));
        using var initiator = new NoiseHandshake(true, alice, new(v.Bytes("initiatorEphemeralPrivate")));
        using var responder = new NoiseHandshake(false, bob, new(v.Bytes("responderEphemeralPrivate")));

        var first = initiator.Write([]);
        Assert.Equal(v.Bytes("message1"), first);
        Assert.Empty(responder.Read(first));
        var second = responder.Write(v.Bytes("responderPayload"));
        Assert.Equal(v.Bytes("message2"), second);
        Assert.Equal(v.Bytes("responderPayload"), initiator.Read(second));
        var third = initiator.Write(v.Bytes("initiatorPayload"));
        Assert.Equal(v.Bytes("message3"), third);
        Assert.Equal(v.Bytes("initiatorPayload"), responder.Read(third));
        Assert.Equal(v.Bytes("handshakeHash"), initiator.Hash.ToArray());
        Assert.Equal(bob.PublicKey.ToArray(), initiator.RemoteStaticKey.ToArray());

        var (send, receive) = initiator.Split();
        foreach (var message in v["initiatorTransport"]!.AsArray())
        {
            var plaintext = message!.Bytes("plaintext");
            var sealedBytes = new byte[plaintext.Length + NoiseCipher.TagBytes];
            send.Encrypt(plaintext, sealedBytes);
            Assert.Equal(message!.Bytes("message"), sealedBytes);
        }

        foreach (var message in v["responderTransport"]!.AsArray())
        {
            var plaintext = new byte[message!.Bytes("plaintext").Length];
            Assert.True(receive.TryDecrypt(message!.Bytes("message"), plaintext));
            Assert.Equal(message!.Bytes("plaintext"), plaintext);
        }
    }

    [Fact]
    public void Any_changed_byte_of_a_message_ends_the_handshake()
    {
        for (var flipped = 0; flipped < 32 + 48 + 16 + 3; flipped++)
        {
            using var s1 = X25519PrivateKey.Generate(SystemRandomSource.Instance);
            using var s2 = X25519PrivateKey.Generate(SystemRandomSource.Instance);
            using var initiator = new NoiseHandshake(true, s1, X25519PrivateKey.Generate(SystemRandomSource.Instance));
            using var responder = new NoiseHandshake(false, s2, X25519PrivateKey.Generate(SystemRandomSource.Instance));
            _ = responder.Read(initiator.Write([]));
            var second = responder.Write([1, 2, 3]);
            // The top bit of a key's last byte is ignored by X25519, but not by the transcript.
            second[flipped] ^= 0x80;
            var e = Assert.Throws<ThreadsPeerException>(() => initiator.Read(second));
            Assert.Equal(ThreadsPeerErrorCode.HandshakeFailed, e.ErrorCode);
        }
    }

    [Fact]
    public void A_key_of_small_order_and_a_short_message_are_refused()
    {
        using var key = X25519PrivateKey.Generate(SystemRandomSource.Instance);
        using var responder = new NoiseHandshake(false, key, X25519PrivateKey.Generate(SystemRandomSource.Instance));
        Assert.Throws<ThreadsPeerException>(() => responder.Read(new byte[31]));
        _ = responder.Read(new byte[32]);
        var e = Assert.Throws<ThreadsPeerException>(() => responder.Write([]));
        Assert.Equal(ThreadsPeerErrorCode.HandshakeFailed, e.ErrorCode);
    }

    [Fact]
    public void Messages_out_of_turn_are_a_defect_of_ours()
    {
        using var key = X25519PrivateKey.Generate(SystemRandomSource.Instance);
        using var initiator = new NoiseHandshake(true, key, X25519PrivateKey.Generate(SystemRandomSource.Instance));
        Assert.Throws<InvalidOperationException>(() => initiator.Read(new byte[32]));
        _ = initiator.Write([]);
        Assert.Throws<InvalidOperationException>(() => initiator.Write([]));
    }
}
