using FsCheck;
using FsCheck.Fluent;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Tests.Cryptography;

namespace Threads.Data.Tests.Identity;

public class ThreadIdTests
{
    private const string Raw = "bafkxd5bjgi6k4zivuoyxo4ua4mzyy";
    private const string AccessControlled = "bafyoiobghzefwlidfrwkqmzz2ka66zgmdmgeobw2mimktr5jivsavya";

    // T-ID-1: both are printed in the whitepaper.
    [Fact]
    public void The_ids_of_the_whitepaper_are_read()
    {
        var raw = ThreadId.Parse(Raw);
        Assert.Equal((1, ThreadVariant.Raw, "71f429323cae6515a3b1777280e3338c"), (raw.Version, raw.Variant, Convert.ToHexStringLower(raw.Random)));
        Assert.Equal(Raw, raw.ToString());
        var controlled = ThreadId.Parse(AccessControlled);
        Assert.Equal((1, ThreadVariant.AccessControlled, 32), (controlled.Version, controlled.Variant, controlled.Random.Length));
        Assert.Equal(AccessControlled, controlled.ToString());
    }

    [SkippableFact]
    public void Ids_of_the_npm_package_are_read_in_every_base()
    {
        foreach (var entry in Vectors.List("threads-thread-ids.json", "good"))
        {
            var id = ThreadId.FromBytes(entry.Hex("bytes"));
            Assert.Equal(entry.Text("text"), id.ToString());
            Assert.Equal(entry.Hex("bytes"), id.ToBytes());
            Assert.Equal(entry.Hex("random"), id.Random.ToArray());
            Assert.Equal(entry.GetProperty("variantCode").GetInt32(), (int)id.Variant);
            foreach (var form in new[] { "text", "base58btc", "base16", "base32upper", "base64url" })
            {
                if (entry.TextOrNull(form) is { } text)
                    Assert.Equal(id, ThreadId.Parse(text));
            }
        }
    }

    [SkippableFact]
    public void Bytes_that_are_no_id_are_refused_as_bytes_and_as_text()
    {
        foreach (var entry in Vectors.List("threads-thread-ids.json", "badBytes"))
        {
            Assert.False(ThreadId.TryFromBytes(entry.Hex("bytes"), out _), entry.Text("name"));
            Assert.False(ThreadId.TryParse(entry.Text("text"), out _), entry.Text("name"));
        }
    }

    [SkippableFact]
    public void Text_is_accepted_and_refused_as_expected()
    {
        foreach (var entry in Vectors.List("threads-thread-ids.json", "badText"))
        {
            var accepted = entry.TextOrNull("expected") != "refused";
            Assert.True(accepted == ThreadId.TryParse(entry.Text("text"), out var id), entry.Text("name"));
            if (entry.TextOrNull("bytes") is { } bytes)
                Assert.Equal(bytes, Convert.ToHexStringLower(id.Bytes));
        }
    }

    // T-ID-1, T-ID-2
    [Theory]
    [InlineData("", ThreadIdError.Truncated)]
    [InlineData("01", ThreadIdError.Truncated)]
    [InlineData("81", ThreadIdError.Truncated)]
    [InlineData("0155", ThreadIdError.RandomTooShort)]
    [InlineData("0155000102030405060708090a0b0c0d0e", ThreadIdError.RandomTooShort)]
    [InlineData("0055000102030405060708090a0b0c0d0e0f", ThreadIdError.UnknownVersion)]
    [InlineData("0255000102030405060708090a0b0c0d0e0f", ThreadIdError.UnknownVersion)]
    [InlineData("0156000102030405060708090a0b0c0d0e0f", ThreadIdError.UnknownVariant)]
    [InlineData("0171000102030405060708090a0b0c0d0e0f", ThreadIdError.UnknownVariant)]
    [InlineData("810055000102030405060708090a0b0c0d0e0f", ThreadIdError.VarintNotMinimal)]
    [InlineData("01d500000102030405060708090a0b0c0d0e0f", ThreadIdError.VarintNotMinimal)]
    [InlineData("ffffffffffffffffffff0155000102030405060708090a0b0c0d0e0f", ThreadIdError.VarintTooLong)]
    public void Each_refusal_of_bytes_has_its_name(string hex, object error)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.Equal((ThreadIdError)error, ThreadId.TryRead(bytes, out _));
        Assert.Contains($"'{hex}'", Assert.Throws<FormatException>(() => ThreadId.FromBytes(bytes)).Message, StringComparison.Ordinal);
        Assert.Equal((ThreadIdError)error, ThreadId.TryReadText(Multibase.Encode('b', bytes), out _));
    }

    [Theory]
    [InlineData("", ThreadIdError.UnknownMultibase)]
    [InlineData("afkxd5bjgi6k4zivuoyxo4ua4mzyy", ThreadIdError.UnknownMultibase)]
    [InlineData("bafkxd5bjgi6k4zivuoyxo4ua4mzy1", ThreadIdError.Text)]
    [InlineData(Raw + " ", ThreadIdError.Text)]
    public void Each_refusal_of_text_has_its_name(string text, object error)
    {
        Assert.Equal((ThreadIdError)error, ThreadId.TryReadText(text, out _));
        Assert.Contains($"'{text}'", Assert.Throws<FormatException>(() => ThreadId.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_with_too_many_random_bytes_is_refused()
    {
        byte[] bytes = [1, 0x55, .. new byte[129]];
        Assert.Equal(ThreadIdError.RandomTooLong, ThreadId.TryRead(bytes, out _));
        Assert.Contains("128", Assert.Throws<FormatException>(() => ThreadId.FromBytes(bytes)).Message, StringComparison.Ordinal);
        Assert.Equal(ThreadIdError.RandomTooLong, ThreadId.TryReadText(Multibase.Encode('b', bytes), out _));
        Assert.True(ThreadId.TryFromBytes(bytes.AsSpan(0, 130), out _));
    }

    [Theory]
    [InlineData(ThreadVariant.Raw, 16, "bafk")]
    [InlineData(ThreadVariant.Raw, 32, "bafk")]
    [InlineData(ThreadVariant.AccessControlled, 128, "bafy")]
    public void A_new_id_has_the_variant_and_size_asked_for(ThreadVariant variant, int sizeBytes, string prefix)
    {
        var id = ThreadId.NewRandom(variant, sizeBytes);
        Assert.Equal((variant, sizeBytes), (id.Variant, id.Random.Length));
        Assert.StartsWith(prefix, id.ToString(), StringComparison.Ordinal);
        Assert.Equal(id, ThreadId.Parse(id.ToString()));
        Assert.NotEqual(id, ThreadId.NewRandom(variant, sizeBytes));
    }

    [Fact]
    public void A_new_id_of_another_size_or_variant_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ThreadId.NewRandom(sizeBytes: 15));
        Assert.Throws<ArgumentOutOfRangeException>(() => ThreadId.NewRandom(sizeBytes: 129));
        Assert.Throws<ArgumentOutOfRangeException>(() => ThreadId.NewRandom((ThreadVariant)0x56));
    }

    [Fact]
    public void Chance_can_be_given()
    {
        var id = ThreadId.NewRandom(new CountingRandomSource(), sizeBytes: 16);
        Assert.Equal("0155000102030405060708090a0b0c0d0e0f", Convert.ToHexStringLower(id.Bytes));
    }

    [Fact]
    public void The_default_value_is_no_id()
    {
        ThreadId id = default;
        Assert.False(id.IsDefined);
        Assert.Equal((0, default(ThreadVariant), 0, ""), (id.Version, id.Variant, id.Random.Length, id.ToString()));
        Assert.True(id == default);
        Assert.True(id != ThreadId.Parse(Raw));
        Assert.Empty(id.ToBytes());
    }

    [Fact]
    public void Ids_order_by_their_bytes() =>
        Assert.True(ThreadId.Parse(Raw).CompareTo(ThreadId.Parse(AccessControlled)) < 0);

    [Fact]
    public void Garbage_never_crashes() =>
        Prop.ForAll<byte[], string>((bytes, text) =>
        {
            ThreadId.TryParse(text, out _);
            ThreadId.TryParse("b" + text, out _);
            byte[] behindPrefix = [1, 0x70, .. bytes ?? []];
            return !ThreadId.TryFromBytes(behindPrefix, out var id) || id.Bytes.SequenceEqual(behindPrefix);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
}
