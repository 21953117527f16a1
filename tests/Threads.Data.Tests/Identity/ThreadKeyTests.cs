using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Tests.Cryptography;

namespace Threads.Data.Tests.Identity;

public class ThreadKeyTests
{
    [SkippableFact]
    public void Keys_of_the_npm_package_are_read_and_exported()
    {
        foreach (var entry in Vectors.List("threads-keys.json", "keys").Concat(Vectors.List("threads-keys.json", "documented")))
        {
            using var key = ThreadKey.Parse(entry.Text("text"));
            Assert.Equal(entry.Hex("service"), key.Replica.ToArray());
            Assert.Equal(entry.TextOrNull("read") ?? "", Convert.ToHexStringLower(key.Read));
            Assert.Equal(entry.TextOrNull("read") is not null, key.CanRead);
            Assert.Equal(entry.Text("text"), key.Export());
            using var same = ThreadKey.FromBytes(entry.Hex("bytes"));
            Assert.True(same.SameAs(key));
        }
    }

    [SkippableFact]
    public void Other_lengths_are_refused()
    {
        foreach (var entry in Vectors.List("threads-keys.json", "bad"))
        {
            var error = Assert.Throws<FormatException>(() => ThreadKey.FromBytes(entry.Hex("bytes")));
            Assert.Contains($"not {entry.GetProperty("lengthBytes").GetInt32()}", error.Message, StringComparison.Ordinal);
            Assert.Throws<FormatException>(() => ThreadKey.Parse(Multibase.Encode('b', entry.Hex("bytes"))));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a key")]
    [InlineData("b3y2pdycbbkgdjjko5dhcrbcmvf2dmrgro76uaec34rzrgcf4ej3")]
    public void Text_that_is_no_key_is_refused_and_not_repeated(string text)
    {
        var message = Assert.Throws<FormatException>(() => ThreadKey.Parse(text)).Message;
        Assert.True(text.Length == 0 || !message.Contains(text, StringComparison.Ordinal));
    }

    // T-ID-8: what is printed gives nothing away.
    [Fact]
    public void ToString_shows_no_key_material()
    {
        using var key = ThreadKey.NewRandom();
        Assert.Equal("Thread key (replica, read)", key.ToString());
        using var replica = key.WithoutRead();
        Assert.Equal("Thread key (replica)", replica.ToString());
        Assert.False(replica.CanRead);
        Assert.True(replica.Read.IsEmpty);
        Assert.True(replica.Replica.SequenceEqual(key.Replica));
        Assert.False(replica.SameAs(key));
    }

    [Fact]
    public void Disposing_wipes_the_bytes_and_closes_the_key()
    {
        var key = ThreadKey.NewRandom(new CountingRandomSource());
        var bytes = key.Bytes;
        Assert.Equal(63, bytes[63]);
        key.Dispose();
        Assert.True(bytes.IndexOfAnyExcept((byte)0) < 0);
        Assert.Throws<ObjectDisposedException>(() => key.Export());
        Assert.Throws<ObjectDisposedException>(() => key.Replica.Length);
        Assert.Throws<ObjectDisposedException>(() => key.Read.Length);
        key.Dispose();
    }

    [Fact]
    public void New_keys_differ()
    {
        using var one = ThreadKey.NewRandom();
        using var other = ThreadKey.NewRandom();
        using var replicaOnly = ThreadKey.NewRandom(canRead: false);
        Assert.False(one.SameAs(other));
        Assert.False(one.Replica.SequenceEqual(one.Read));
        Assert.Equal(32, replicaOnly.Bytes.Length);
    }
}
