using System.Reflection;
using System.Security.Cryptography;
using Threads.Data.Cryptography;

namespace Threads.Data.Tests.Cryptography;

/// <summary>Keys are wiped when they are let go, and no text shows them.</summary>
public class KeyCareTests
{
    private static readonly byte[] Secret = SHA256.HashData("a secret"u8);

    [Fact]
    public void Disposing_wipes_every_secret_byte()
    {
        Wiped(new SymmetricKey(Secret));
        Wiped(new Ed25519PrivateKey(Secret));
        Wiped(new Ed25519PrivateKey(Secret, ManagedEd25519.Instance));
        Wiped(new X25519PrivateKey(Secret));
        Wiped(ManagedEd25519.Instance.OpenSigningKey(Secret));
    }

    [Fact]
    public void No_text_of_a_key_shows_it()
    {
        using var symmetric = new SymmetricKey(Secret);
        using var signing = new Ed25519PrivateKey(Secret);
        using var image = signing.ToX25519();
        var hidden = new byte[32];
        image.CopyPrivateKey(hidden);
        foreach (var text in new[] { symmetric.ToString(), signing.ToString(), image.ToString() })
        {
            foreach (var secret in new[] { Secret, hidden })
            {
                Assert.DoesNotContain(Convert.ToHexString(secret.AsSpan(0, 4)), text, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain(Convert.ToBase64String(secret)[..6], text, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Exceptions_of_disposed_keys_do_not_show_them()
    {
        var key = new SymmetricKey(Secret);
        key.Dispose();
        var e = Assert.Throws<ObjectDisposedException>(() => key.Seal(new byte[12], [], new byte[28]));
        Assert.DoesNotContain(Convert.ToHexString(Secret.AsSpan(0, 4)), e.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_key_of_another_length_is_refused_without_showing_it()
    {
        var e = Assert.Throws<ArgumentOutOfRangeException>(() => new SymmetricKey(Secret.AsSpan(0, 31)));
        Assert.DoesNotContain(Convert.ToHexString(Secret.AsSpan(0, 4)), e.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Ed25519PrivateKey(new byte[33]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new X25519PrivateKey(new byte[16]));
    }

    // The only fields that may keep bytes after Dispose are public keys.
    private static void Wiped(IDisposable key)
    {
        var arrays = key.GetType().GetFields(BindingFlags.Instance | BindingFlags.NonPublic)
            .Where(f => f.FieldType == typeof(byte[]) && !f.Name.Contains("public", StringComparison.OrdinalIgnoreCase))
            .Select(f => (byte[])f.GetValue(key)!)
            .ToArray();
        Assert.NotEmpty(arrays);
        Assert.All(arrays, a => Assert.True(a.AsSpan().ContainsAnyExcept((byte)0)));
        key.Dispose();
        Assert.All(arrays, a => Assert.False(a.AsSpan().ContainsAnyExcept((byte)0)));
    }
}
