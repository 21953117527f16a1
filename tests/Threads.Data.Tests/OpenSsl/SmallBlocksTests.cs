using System.Security.Cryptography;
using Threads.Data.OpenSsl;

namespace Threads.Data.Tests.OpenSsl;

/// <summary>libcrypto called directly gives the bytes that the class library gives (docs/decisions/0021).</summary>
public class SmallBlocksTests
{
    private static readonly byte[] Key = SHA256.HashData("key"u8);
    private static readonly byte[] Nonce = SHA256.HashData("nonce"u8)[..Aes256Gcm.NonceSize];

    [Fact]
    public void Linux_has_it() => Assert.True(!OperatingSystem.IsLinux() || (BlockHash.IsDirect && Aes256Gcm.IsDirect));

    [Fact]
    public void A_hash_of_every_length_is_that_of_the_class_library()
    {
        var digest = new byte[BlockHash.SizeBytes];
        foreach (var length in Lengths())
        {
            var data = Bytes(length);
            BlockHash.Sha256(data, digest);
            Assert.Equal(SHA256.HashData(data), digest);
        }
    }

    [Fact]
    public void A_digest_has_room_for_it() => Assert.ThrowsAny<ArgumentException>(() => BlockHash.Sha256("abc"u8, new byte[31]));

    [Fact]
    public void What_is_sealed_is_what_the_class_library_seals_and_each_opens_the_other()
    {
        using var aes = new AesGcm(Key, Aes256Gcm.TagSize);
        foreach (var length in Lengths())
        {
            var data = Bytes(length);
            var (ours, theirs, opened) = (new byte[length], new byte[length], new byte[length]);
            var (tag, theirTag) = (new byte[Aes256Gcm.TagSize], new byte[Aes256Gcm.TagSize]);
            Aes256Gcm.Seal(Key, Nonce, data, ours, tag);
            aes.Encrypt(Nonce, data, theirs, theirTag);
            Assert.Equal(theirs, ours);
            Assert.Equal(theirTag, tag);
            Assert.True(Aes256Gcm.TryOpen(Key, Nonce, theirs, theirTag, opened));
            Assert.Equal(data, opened);
        }
    }

    [Fact]
    public void A_changed_bit_another_key_another_nonce_opens_nothing_and_leaves_zeros()
    {
        var data = Bytes(100);
        var (bytes, tag) = (new byte[100], new byte[Aes256Gcm.TagSize]);
        Aes256Gcm.Seal(Key, Nonce, data, bytes, tag);
        foreach (var part in new[] { bytes, tag, [.. Key], [.. Nonce] })
        {
            for (var bit = 0; bit < part.Length * 8; bit += 7)
            {
                var key = part.AsSpan().SequenceEqual(Key) ? part : Key;
                var nonce = part.AsSpan().SequenceEqual(Nonce) ? part : Nonce;
                part[bit / 8] ^= (byte)(1 << (bit % 8));
                var opened = Bytes(100);
                Assert.False(Aes256Gcm.TryOpen(key, nonce, bytes, tag, opened));
                Assert.Equal(new byte[100], opened);
                part[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }

        // And after so many refusals the right one opens.
        var right = new byte[100];
        Assert.True(Aes256Gcm.TryOpen(Key, Nonce, bytes, tag, right));
        Assert.Equal(data, right);
    }

    [Fact]
    public void Lengths_that_do_not_fit_are_refused()
    {
        var tag = new byte[Aes256Gcm.TagSize];
        Assert.ThrowsAny<ArgumentException>(() => Aes256Gcm.Seal(Key.AsSpan(0, 31), Nonce, [], [], tag));
        Assert.ThrowsAny<ArgumentException>(() => Aes256Gcm.Seal(Key, Nonce.AsSpan(0, 11), [], [], tag));
        Assert.ThrowsAny<ArgumentException>(() => Aes256Gcm.Seal(Key, Nonce, new byte[2], new byte[1], tag));
        Assert.ThrowsAny<ArgumentException>(() => Aes256Gcm.TryOpen(Key, Nonce, [], tag.AsSpan(0, 15), []));
    }

    [Fact]
    public void Threads_do_not_disturb_each_other()
    {
        var data = Bytes(300);
        Parallel.For(0, 64, i =>
        {
            var key = SHA256.HashData([(byte)i]);
            var (bytes, tag, opened) = (new byte[300], new byte[Aes256Gcm.TagSize], new byte[300]);
            for (var round = 0; round < 200; round++)
            {
                Aes256Gcm.Seal(key, Nonce, data, bytes, tag);
                Assert.True(Aes256Gcm.TryOpen(key, Nonce, bytes, tag, opened));
                Assert.Equal(data, opened);
            }
        });
    }

    private static IEnumerable<int> Lengths() => Enumerable.Range(0, 200).Concat([1000, 4095, 4096, 4097, 100_000]);

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            bytes[i] = (byte)(i * 31);
        }

        return bytes;
    }
}
