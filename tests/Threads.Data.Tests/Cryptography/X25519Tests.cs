using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using Threads.Data.Cryptography;

namespace Threads.Data.Tests.Cryptography;

public class X25519Tests
{
    [SkippableTheory]
    [InlineData("managed")]
    [InlineData("openssl")]
    public void Products_are_those_of_RFC_7748(string backendName)
    {
        var backend = Backends.Named(backendName);
        var result = new byte[32];
        Assert.True(backend.TryAgree(
            Convert.FromHexString("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
            Convert.FromHexString("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"),
            result));
        Assert.Equal("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552", Convert.ToHexStringLower(result));

        // Section 5.2: the iterated test.
        var k = new byte[32];
        k[0] = 9;
        var u = (byte[])k.Clone();
        for (var i = 1; i <= 1000; i++)
        {
            Assert.True(backend.TryAgree(k, u, result));
            (u, k) = (k, (byte[])result.Clone());
            if (i == 1)
                Assert.Equal("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079", Convert.ToHexStringLower(k));
        }

        Assert.Equal("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51", Convert.ToHexStringLower(k));
    }

    [SkippableTheory]
    [InlineData("managed")]
    [InlineData("openssl")]
    public void Images_of_Ed25519_keys_are_those_of_other_peers(string backendName)
    {
        var backend = Backends.Named(backendName);
        foreach (var peer in Vectors.List("threads-peers.json", "peers"))
        {
            using var key = new Ed25519PrivateKey(peer.Hex("seed"), backend);
            using var image = key.ToX25519();
            var bytes = new byte[32];
            image.CopyPrivateKey(bytes);
            Assert.Equal(peer.Text("x25519Private"), Convert.ToHexStringLower(bytes));
            Assert.Equal(peer.Text("x25519Public"), Convert.ToHexStringLower(image.PublicKey));
            Assert.True(X25519PrivateKey.TryConvertPublicKey(key.PublicKey, bytes));
            Assert.Equal(peer.Text("x25519Public"), Convert.ToHexStringLower(bytes));
        }
    }

    [SkippableFact]
    public void Both_backends_agree_on_the_secret()
    {
        var openSsl = Backends.Named("openssl");
        Prop.ForAll<byte[], byte[]>((a, b) =>
        {
            using var alice = new X25519PrivateKey(SHA256.HashData(a), ManagedEd25519.Instance);
            using var bob = new X25519PrivateKey(SHA256.HashData([.. b, 1]), openSsl);
            var one = new byte[32];
            var other = new byte[32];
            return alice.TryAgree(bob.PublicKey, one) && bob.TryAgree(alice.PublicKey, other) && one.SequenceEqual(other);
        }).QuickCheckThrowOnFailure();
    }

    [SkippableTheory]
    [InlineData("managed", "0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("openssl", "0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("managed", "0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("openssl", "0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("managed", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("openssl", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    public void A_peer_key_of_small_order_is_refused(string backendName, string peer)
    {
        using var key = new X25519PrivateKey(SHA256.HashData("small"u8), Backends.Named(backendName));
        var secret = new byte[32];
        Assert.False(key.TryAgree(Convert.FromHexString(peer), secret));
        Assert.Equal(new byte[32], secret);
    }

    [Fact]
    public void A_refused_Ed25519_key_has_no_image() =>
        Assert.False(X25519PrivateKey.TryConvertPublicKey(Convert.FromHexString("0100000000000000000000000000000000000000000000000000000000000000"), new byte[32]));
}
