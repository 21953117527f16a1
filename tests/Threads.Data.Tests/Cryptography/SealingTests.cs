using System.Security.Cryptography;
using System.Text;
using Threads.Data.Cryptography;

namespace Threads.Data.Tests.Cryptography;

public class SealingTests
{
    [SkippableFact]
    public void Symmetric_sealing_is_that_of_other_peers()
    {
        foreach (var entry in Vectors.List("threads-crypto.json", "aesGcm"))
        {
            using var key = new SymmetricKey(entry.Hex("key"));
            var plaintext = entry.Hex("plaintext");
            var bytes = new byte[SymmetricKey.SealedSize(plaintext.Length)];
            key.Seal(entry.Hex("nonce"), plaintext, bytes);
            Assert.Equal(entry.Text("sealed"), Convert.ToHexStringLower(bytes));
            var opened = new byte[plaintext.Length];
            Assert.True(key.TryOpen(bytes, opened));
            Assert.Equal(plaintext, opened);
        }
    }

    [SkippableFact]
    public void Symmetric_sealing_refuses_what_was_tampered_with()
    {
        foreach (var entry in Vectors.List("threads-crypto.json", "aesGcmBad"))
        {
            using var key = new SymmetricKey(entry.Hex("key"));
            var bytes = entry.Hex("sealed");
            var opened = new byte[Math.Max(0, bytes.Length - SymmetricKey.Overhead)];
            opened.AsSpan().Fill(0xaa);
            Assert.False(key.TryOpen(bytes, opened), entry.Text("name"));
            if (bytes.Length >= SymmetricKey.Overhead)
                Assert.Equal(new byte[opened.Length], opened);
        }
    }

    [SkippableFact]
    public void Boxes_are_those_of_other_peers()
    {
        foreach (var entry in Vectors.List("threads-crypto.json", "box"))
        {
            using var recipient = new Ed25519PrivateKey(entry.Hex("seed"));
            var bytes = entry.Hex("sealed");
            var opened = new byte[bytes.Length - SealedBox.Overhead];
            Assert.True(SealedBox.TryOpen(recipient, bytes, opened));
            Assert.Equal(entry.Text("plaintext"), Convert.ToHexStringLower(opened));
        }
    }

    [SkippableFact]
    public void Boxes_that_were_tampered_with_are_refused()
    {
        foreach (var entry in Vectors.List("threads-crypto.json", "boxBad"))
        {
            using var recipient = new Ed25519PrivateKey(entry.Hex("seed"));
            var bytes = entry.Hex("sealed");
            Assert.False(SealedBox.TryOpen(recipient, bytes, new byte[Math.Max(0, bytes.Length - SealedBox.Overhead)]), entry.Text("name"));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(1000)]
    public void A_box_opens_for_its_recipient_alone(int size)
    {
        using var alice = new Ed25519PrivateKey(SHA256.HashData("alice"u8));
        using var bob = new Ed25519PrivateKey(SHA256.HashData("bob"u8));
        var plaintext = new byte[size];
        plaintext.AsSpan().Fill(7);
        var bytes = new byte[SealedBox.SealedSize(size)];
        Assert.True(SealedBox.TrySeal(alice.PublicKey, plaintext, bytes, SystemRandomSource.Instance));
        var opened = new byte[size];
        Assert.True(SealedBox.TryOpen(alice, bytes, opened));
        Assert.Equal(plaintext, opened);
        Assert.False(SealedBox.TryOpen(bob, bytes, opened));
    }

    [Fact]
    public void A_box_to_a_refused_key_is_not_made() =>
        Assert.False(SealedBox.TrySeal(new byte[32], "text"u8, new byte[SealedBox.SealedSize(4)], SystemRandomSource.Instance));

    [Fact]
    public void Poly1305_is_that_of_RFC_8439()
    {
        var tag = new byte[16];
        Poly1305.Compute(
            Convert.FromHexString("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b"), "Cryptographic Forum Research Group"u8, tag);
        Assert.Equal("a8061dc1305136c6c22b8baf0c0127a9", Convert.ToHexStringLower(tag));

        // A.3, vectors 7 to 11: carries at the modulus.
        Check("0200000000000000000000000000000000000000000000000000000000000000", "ffffffffffffffffffffffffffffffff", "03000000000000000000000000000000");
        Check("02000000000000000000000000000000ffffffffffffffffffffffffffffffff", "02000000000000000000000000000000", "03000000000000000000000000000000");
        Check("0100000000000000000000000000000000000000000000000000000000000000",
            "fffffffffffffffffffffffffffffffff0ffffffffffffffffffffffffffffff11000000000000000000000000000000", "05000000000000000000000000000000");
        Check("0100000000000000000000000000000000000000000000000000000000000000",
            "fffffffffffffffffffffffffffffffffbfefefefefefefefefefefefefefefe01010101010101010101010101010101", "00000000000000000000000000000000");

        void Check(string key, string message, string expected)
        {
            Poly1305.Compute(Convert.FromHexString(key), Convert.FromHexString(message), tag);
            Assert.Equal(expected, Convert.ToHexStringLower(tag));
        }
    }

    [Fact]
    public void One_symmetric_key_serves_many_threads_at_once()
    {
        using var key = SymmetricKey.Generate(SystemRandomSource.Instance);
        Parallel.For(0, 500, i =>
        {
            var plaintext = Encoding.UTF8.GetBytes("text " + i);
            var bytes = new byte[SymmetricKey.SealedSize(plaintext.Length)];
            key.Seal(SHA256.HashData(plaintext).AsSpan(0, 12), plaintext, bytes);
            var opened = new byte[plaintext.Length];
            Assert.True(key.TryOpen(bytes, opened));
            Assert.Equal(plaintext, opened);
        });
    }

    [Fact]
    public void Sealing_does_not_allocate()
    {
        using var key = SymmetricKey.Generate(SystemRandomSource.Instance);
        var bytes = new byte[128];
        var plaintext = new byte[100];
        key.Seal(new byte[12], plaintext, bytes);
        Assert.True(key.TryOpen(bytes, plaintext));
        var nonce = new byte[12];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++)
        {
            key.Seal(nonce, plaintext, bytes);
            key.TryOpen(bytes, plaintext);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
