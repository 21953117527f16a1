using Threads.Data.Cryptography;
using Threads.Data.Identity;

namespace Threads.Data.Tests.Identity;

public class KeyProtobufTests
{
    private static readonly byte[] Seed = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    [SkippableFact]
    public void Keys_of_the_npm_packages_are_written_and_read()
    {
        foreach (var entry in Vectors.List("threads-peers.json", "peers"))
        {
            var publicKey = entry.Hex("publicKeyRaw");
            Assert.Equal(entry.Hex("publicKeyProtobuf"), KeyProtobuf.EncodePublic(publicKey));
            Assert.Equal(entry.Text("publicKeyText"), KeyProtobuf.EncodePublicText(publicKey));
            Assert.Equal(KeyProtobufError.None, KeyProtobuf.TryDecodePublic(entry.Hex("publicKeyProtobuf"), out var read));
            Assert.Equal(publicKey, read.ToArray());
            var fromText = new byte[32];
            Assert.Equal(KeyProtobufError.None, KeyProtobuf.TryDecodePublicText(entry.Text("publicKeyText"), fromText));
            Assert.Equal(publicKey, fromText);

            using var key = new Ed25519PrivateKey(entry.Hex("seed"));
            Assert.Equal(entry.Hex("privateKeyProtobuf"), KeyProtobuf.EncodePrivate(key));
            foreach (var form in new[] { "privateKeyProtobuf", "privateKeyProtobufLegacy96" })
            {
                Assert.Equal(KeyProtobufError.None, KeyProtobuf.TryDecodePrivate(entry.Hex(form), out var readKey));
                Assert.Equal(entry.Hex("privateKeyProtobuf"), KeyProtobuf.EncodePrivate(readKey!));
                readKey!.Dispose();
            }
            Assert.Equal(KeyProtobufError.None, KeyProtobuf.TryDecodePrivateText(entry.Text("privateKeyText"), out var textKey));
            Assert.Equal(publicKey, textKey!.PublicKey.ToArray());
            textKey.Dispose();
        }
    }

    [SkippableFact]
    public void Bad_public_keys_are_refused()
    {
        foreach (var entry in Vectors.List("threads-peers.json", "badPublicKeys"))
            Assert.NotEqual(KeyProtobufError.None, KeyProtobuf.TryDecodePublic(entry.Hex("publicKeyProtobuf"), out _));
    }

    [Theory]
    [InlineData("", KeyProtobufError.MissingType)]
    [InlineData("1220", KeyProtobufError.MissingType)]
    [InlineData("0800", KeyProtobufError.UnsupportedType)]
    [InlineData("08021220", KeyProtobufError.UnsupportedType)]
    [InlineData("0801", KeyProtobufError.MissingData)]
    [InlineData("08011a00", KeyProtobufError.MissingData)]
    [InlineData("08011220ff", KeyProtobufError.DataLength)]
    [InlineData("08011200ff", KeyProtobufError.DataLength)]
    [InlineData("08011201ff", KeyProtobufError.KeyLength)]
    public void Each_refusal_of_either_kind_has_its_name(string hex, object error)
    {
        Assert.Equal((KeyProtobufError)error, KeyProtobuf.TryDecodePublic(Convert.FromHexString(hex), out _));
        Assert.Equal((KeyProtobufError)error, KeyProtobuf.TryDecodePrivate(Convert.FromHexString(hex), out var key));
        Assert.Null(key);
    }

    [Fact]
    public void Differing_copies_of_the_public_key_are_refused()
    {
        using var key = new Ed25519PrivateKey(Seed);
        byte[] old = [8, 1, 0x12, 0x60, .. Seed, .. key.PublicKey, .. key.PublicKey];
        Assert.Equal(KeyProtobuf.OldPrivateKeySizeBytes, old.Length);
        Assert.Equal(KeyProtobufError.None, KeyProtobuf.TryDecodePrivate(old, out var read));
        read!.Dispose();
        old[^1] ^= 1;
        Assert.Equal(KeyProtobufError.CopiesDiffer, KeyProtobuf.TryDecodePrivate(old, out _));
    }

    [Fact]
    public void A_public_part_that_is_not_the_seeds_is_refused()
    {
        using var key = new Ed25519PrivateKey(Seed);
        var bytes = KeyProtobuf.EncodePrivate(key);
        bytes[^1] ^= 1;
        Assert.Equal(KeyProtobufError.WrongPublicKey, KeyProtobuf.TryDecodePrivate(bytes, out var refused));
        Assert.Null(refused);
    }

    [Theory]
    [InlineData("")]
    [InlineData("bbaarei1")]
    [InlineData("?")]
    public void Text_that_is_not_multibase_is_refused(string text)
    {
        Assert.Equal(KeyProtobufError.Text, KeyProtobuf.TryDecodePublicText(text, new byte[32]));
        Assert.Equal(KeyProtobufError.Text, KeyProtobuf.TryDecodePrivateText(text, out _));
    }
}
