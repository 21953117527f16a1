using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using Threads.Data.Cryptography;

namespace Threads.Data.Tests.Cryptography;

public class Ed25519Tests
{
    // RFC 8032, 7.1: seed, public key, message, signature of TEST 1, 2, 3 and SHA(abc).
    private static readonly string[][] Rfc8032 =
    [
        [
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "", "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ],
        [
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72", "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ],
        [
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82", "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ],
        [
            "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42", "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
        ],
    ];

    [SkippableTheory]
    [InlineData("managed")]
    [InlineData("openssl")]
    public void Signatures_are_those_of_RFC_8032(string backendName)
    {
        var backend = Backends.Named(backendName);
        foreach (var row in Rfc8032)
        {
            using var key = new Ed25519PrivateKey(Convert.FromHexString(row[0]), backend);
            Assert.Equal(row[1], Convert.ToHexStringLower(key.PublicKey));
            Assert.Equal(row[3], Convert.ToHexStringLower(Sign(key, Convert.FromHexString(row[2]))));
            Assert.True(Ed25519PublicKey.Verify(key.PublicKey, Convert.FromHexString(row[2]), Convert.FromHexString(row[3]), backend));
        }
    }

    [SkippableTheory]
    [InlineData("managed")]
    [InlineData("openssl")]
    public void Signatures_are_those_of_other_peers(string backendName)
    {
        var backend = Backends.Named(backendName);
        foreach (var peer in Vectors.List("threads-peers.json", "peers"))
        {
            using var key = new Ed25519PrivateKey(peer.Hex("seed"), backend);
            Assert.Equal(peer.Text("publicKeyRaw"), Convert.ToHexStringLower(key.PublicKey));
            Assert.Equal(peer.Text("signature"), Convert.ToHexStringLower(Sign(key, peer.Hex("message"))));
            Assert.True(Ed25519PublicKey.Verify(key.PublicKey, peer.Hex("message"), peer.Hex("signature"), backend));
        }
    }

    [SkippableTheory]
    [InlineData("managed")]
    [InlineData("openssl")]
    public void A_long_message_is_signed_and_verified(string backendName)
    {
        var backend = Backends.Named(backendName);
        using var key = new Ed25519PrivateKey(SHA256.HashData("long"u8), backend);
        var message = new byte[100_000];
        var signature = Sign(key, message);
        Assert.True(Ed25519PublicKey.Verify(key.PublicKey, message, signature, ManagedEd25519.Instance));
        message[99_999] = 1;
        Assert.False(Ed25519PublicKey.Verify(key.PublicKey, message, signature, backend));
    }

    [Fact]
    public void The_chosen_backend_passes_the_known_answer()
    {
        Assert.True(Ed25519.PassesKnownAnswer(Ed25519.Backend));
        Assert.True(Ed25519.PassesKnownAnswer(ManagedEd25519.Instance));
        if (Backends.OpenSsl is not null)
            Assert.Equal("openssl", Ed25519.Backend.Name);
    }

    [SkippableFact]
    public void Both_backends_sign_alike()
    {
        var openSsl = Backends.Named("openssl");
        Prop.ForAll<byte[], byte[]>((entropy, message) =>
        {
            using var a = new Ed25519PrivateKey(SHA256.HashData(entropy), ManagedEd25519.Instance);
            using var b = new Ed25519PrivateKey(SHA256.HashData(entropy), openSsl);
            return a.PublicKey.SequenceEqual(b.PublicKey) && Sign(a, message).SequenceEqual(Sign(b, message));
        }).QuickCheckThrowOnFailure();
    }

    [SkippableFact]
    public void Both_backends_refuse_alike_what_was_tampered_with()
    {
        var openSsl = Backends.Named("openssl");
        Prop.ForAll<byte[], int, byte>((entropy, place, change) =>
        {
            using var key = new Ed25519PrivateKey(SHA256.HashData(entropy), ManagedEd25519.Instance);
            var message = SHA512.HashData(entropy);
            byte[] all = [.. key.PublicKey, .. Sign(key, message), .. message];
            all[(uint)place % (uint)all.Length] ^= change;
            var managed = Ed25519PublicKey.Verify(all.AsSpan(0, 32), all.AsSpan(96), all.AsSpan(32, 64), ManagedEd25519.Instance);
            var native = Ed25519PublicKey.Verify(all.AsSpan(0, 32), all.AsSpan(96), all.AsSpan(32, 64), openSsl);
            return managed == native && managed == (change == 0);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_signature_of_another_length_is_refused()
    {
        using var key = new Ed25519PrivateKey(SHA256.HashData("length"u8));
        var signature = Sign(key, "m"u8);
        Assert.True(Ed25519PublicKey.TryCreate(key.PublicKey, out var publicKey));
        using (publicKey)
        {
            Assert.True(publicKey.Verify("m"u8, signature));
            Assert.False(publicKey.Verify("m"u8, signature.AsSpan(0, 63)));
            Assert.False(publicKey.Verify("m"u8, [.. signature, 0]));
            Assert.False(publicKey.Verify("m"u8, []));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f70751")]
    [InlineData("0200000000000000000000000000000000000000000000000000000000000000")] // no point has y = 2
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000080")] // x = 0 with a sign
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    [InlineData("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85")]
    [InlineData("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")]
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")] // y = p
    [InlineData("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")] // y = p + 3, of large order
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    public void A_public_key_that_the_rule_refuses_is_not_opened(string hex) =>
        Assert.False(Ed25519PublicKey.TryCreate(Convert.FromHexString(hex), out _));

    [SkippableTheory]
    [InlineData("managed")]
    [InlineData("openssl")]
    public void Keys_serve_many_threads_at_once(string backendName)
    {
        var backend = Backends.Named(backendName);
        using var key = new Ed25519PrivateKey(SHA256.HashData("threads"u8), backend);
        Assert.True(Ed25519PublicKey.TryCreate(key.PublicKey, out var publicKey, backend));
        using (publicKey)
        {
            Parallel.For(0, 200, i =>
            {
                var message = BitConverter.GetBytes(i);
                Assert.True(publicKey.Verify(message, Sign(key, message)));
            });
        }
    }

    [SkippableTheory]
    [InlineData("managed")]
    [InlineData("openssl")]
    public void A_disposed_key_does_not_sign(string backendName)
    {
        var key = new Ed25519PrivateKey(SHA256.HashData("gone"u8), Backends.Named(backendName));
        key.Dispose();
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Sign(key, "m"u8));
        Assert.Throws<ObjectDisposedException>(() => key.CopySeed(new byte[32]));
    }

    [Fact]
    public void A_key_wiped_before_its_first_use_has_no_public_key_and_shows_nothing()
    {
        var seed = SHA256.HashData("never used"u8);
        var key = new Ed25519PrivateKey(seed);
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => key.PublicKey.Length);
        Assert.Equal("Ed25519 private key", key.ToString());
    }

    [Fact]
    public void A_key_pair_is_one_whoever_asks_for_it_first()
    {
        for (var i = 0; i < 20; i++)
        {
            using var key = new Ed25519PrivateKey(SHA256.HashData(BitConverter.GetBytes(i)));
            using var known = new Ed25519PrivateKey(SHA256.HashData(BitConverter.GetBytes(i)), ManagedEd25519.Instance);
            var expected = Convert.ToHexString(known.PublicKey) + Convert.ToHexString(Sign(known, "m"u8));
            Parallel.For(0, 8, _ => Assert.Equal(expected, Convert.ToHexString(key.PublicKey) + Convert.ToHexString(Sign(key, "m"u8))));
        }
    }

    [Fact]
    public void The_systems_random_bytes_fill_any_length()
    {
        SystemRandomSource.Instance.Fill([]);
        var all = new HashSet<string>();
        foreach (var length in new[] { 16, 32, 255, 256, 257, 4_000, 1 << 20 })
        {
            var bytes = new byte[length + 2];
            SystemRandomSource.Instance.Fill(bytes.AsSpan(1, length));
            Assert.Equal((0, 0), (bytes[0], bytes[^1]));
            Assert.True(all.Add(Convert.ToHexString(bytes.AsSpan(1, 16))));
            Assert.True(all.Add(Convert.ToHexString(bytes.AsSpan(length - 15, 16))) || length == 16);
            Assert.True(length < 4_000 || bytes.AsSpan(1, length).ToArray().Distinct().Count() == 256);
        }
    }

    private static byte[] Sign(Ed25519PrivateKey key, ReadOnlySpan<byte> message)
    {
        var signature = new byte[64];
        key.Sign(message, signature);
        return signature;
    }
}
