using System.Security.Cryptography;
using Threads.Data.Cryptography;

namespace Threads.Data.Tests.Cryptography;

// T-LOG-7: private keys wrapped at rest.
public class KeyWrapTests
{
    private const int Few = 1000;
    private static readonly byte[] Key = [.. Enumerable.Range(0, 64).Select(i => (byte)i)];

    [Fact]
    public void A_wrapped_key_opens_with_its_password()
    {
        var blob = KeyWrap.Wrap("pässword", Key, SystemRandomSource.Instance, Few);
        var opened = new byte[Key.Length];
        KeyWrap.Unwrap("pässword", blob, opened);
        Assert.Equal(Key, opened);
        Assert.Equal(Key.Length + KeyWrap.Overhead, blob.Length);
        Assert.Equal(-1, blob.AsSpan().IndexOf(Key.AsSpan(0, 8)));
    }

    [Fact]
    public void The_default_count_of_rounds_is_stored()
    {
        var blob = KeyWrap.Wrap("p", Key, SystemRandomSource.Instance);
        Assert.Equal("0200033450", Convert.ToHexStringLower(blob.AsSpan(0, 5)));
    }

    [Fact]
    public void Two_wraps_of_one_key_differ() =>
        Assert.NotEqual(KeyWrap.Wrap("p", Key, SystemRandomSource.Instance, Few), KeyWrap.Wrap("p", Key, SystemRandomSource.Instance, Few));

    [Fact]
    public void A_wrong_password_is_named()
    {
        var blob = KeyWrap.Wrap("hunter2", Key, SystemRandomSource.Instance, Few);
        var opened = new byte[Key.Length];
        var e = Assert.Throws<KeyUnwrapException>(() => KeyWrap.Unwrap("hunter3", blob, opened));
        Assert.Equal(KeyUnwrapError.WrongPassword, e.Error);
        Assert.Equal(new byte[Key.Length], opened);
        Assert.DoesNotContain("hunter", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Any_altered_byte_is_refused()
    {
        var blob = KeyWrap.Wrap("p", Key, SystemRandomSource.Instance, 2);
        for (var i = 0; i < blob.Length; i++)
        {
            var altered = (byte[])blob.Clone();
            altered[i] ^= 1;
            Assert.Throws<KeyUnwrapException>(() => KeyWrap.Unwrap("p", altered, new byte[Key.Length]));
        }
    }

    [Fact]
    public void A_blob_that_asks_for_hours_of_work_is_refused()
    {
        var blob = KeyWrap.Wrap("p", Key, SystemRandomSource.Instance, Few);
        blob.AsSpan(1, 4).Fill(0xff);
        Assert.Equal(KeyUnwrapError.TooManyIterations, Refusal(blob));
        blob.AsSpan(1, 4).Clear();
        Assert.Equal(KeyUnwrapError.TooManyIterations, Refusal(blob));
    }

    [Fact]
    public void A_blob_of_a_later_version_is_refused()
    {
        var blob = KeyWrap.Wrap("p", Key, SystemRandomSource.Instance, Few);
        blob[0] = 3;
        Assert.Equal(KeyUnwrapError.UnknownVersion, Refusal(blob));
    }

    // Version 1: the same with SHA-256.
    [Fact]
    public void A_blob_of_the_version_before_still_opens()
    {
        var salt = new byte[16];
        var nonce = new byte[12];
        byte[] header = [1, 0, 0, 0, 7, .. salt];
        var sealedKey = new byte[Key.Length];
        var tag = new byte[16];
        using (var aes = new AesGcm(Rfc2898DeriveBytes.Pbkdf2("old"u8, salt, 7, HashAlgorithmName.SHA256, 32), 16))
            aes.Encrypt(nonce, Key, sealedKey, tag, header);
        var opened = new byte[Key.Length];
        KeyWrap.Unwrap("old", [.. header, .. nonce, .. sealedKey, .. tag], opened);
        Assert.Equal(Key, opened);
    }

    [Fact]
    public void A_blob_too_short_for_a_key_is_refused() => Assert.Equal(KeyUnwrapError.Malformed, Refusal(new byte[KeyWrap.Overhead - 1]));

    private static KeyUnwrapError Refusal(byte[] blob) =>
        Assert.Throws<KeyUnwrapException>(() => KeyWrap.Unwrap("p", blob, new byte[Math.Max(0, blob.Length - KeyWrap.Overhead)])).Error;
}
