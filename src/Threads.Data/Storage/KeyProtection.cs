using System.Security.Cryptography;
using System.Text;
using Threads.Data.Cryptography;

namespace Threads.Data.Storage;

/// <summary>What the file's one wrapping key lies under: a password, a protector, or nothing, and then there is none and keys lie open. Its bytes in the file are a <see cref="KeyWrap"/>, or 'p', the length of a name, the name, and what the protector made.</summary>
internal sealed record KeyProtection(string? Password, IKeyProtector? Protector, int Iterations)
{
    private const byte ByProtector = (byte)'p';
    private const int MaxNameChars = 64;
    private const int MaxBytes = 1 << 16;

    public static KeyProtection None { get; } = new(null, null, KeyWrap.DefaultIterations);

    public bool IsSet => Password is not null || Protector is not null;

    /// <summary>Null where nothing protects.</summary>
    public byte[]? Wrap(ReadOnlySpan<byte> key, IRandomSource random)
    {
        if (Protector is null)
        {
            return Password is null ? null : KeyWrap.Wrap(Password, key, random, Iterations);
        }

        var name = Encoding.UTF8.GetBytes(Protector.Name);
        var made = Protector.Protect(key);
        if (Protector.Name.Length is 0 or > MaxNameChars || made.Length is 0 or > MaxBytes)
        {
            throw ThreadsErrors.ProtectorRefused(Protector.Name, null);
        }

        return [ByProtector, (byte)name.Length, .. name, .. made];
    }

    /// <summary>The wrapping key; null where nothing protects.</summary>
    /// <exception cref="ThreadsException">Something else protects, or it does not open.</exception>
    public SymmetricKey? Open(byte[]? wrapped)
    {
        if (wrapped is null)
        {
            return IsSet ? throw ThreadsErrors.NotProtected() : null;
        }

        if (wrapped is [ByProtector, var length, ..] && wrapped.Length > 2 + length)
        {
            return OpenByProtector(Encoding.UTF8.GetString(wrapped, 2, length), wrapped.AsSpan(2 + length));
        }

        if (Password is null)
        {
            throw ThreadsErrors.PasswordMissing();
        }

        Span<byte> key = stackalloc byte[SymmetricKey.KeySize];
        try
        {
            if (wrapped.Length != SymmetricKey.KeySize + KeyWrap.Overhead)
            {
                throw ThreadsErrors.KeyDamaged("wrap");
            }

            KeyWrap.Unwrap(Password, wrapped, key);
            return new SymmetricKey(key);
        }
        catch (KeyUnwrapException e)
        {
            throw e.Error == KeyUnwrapError.WrongPassword ? ThreadsErrors.PasswordWrong(e) : ThreadsErrors.KeyDamaged("wrap");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private SymmetricKey OpenByProtector(string name, ReadOnlySpan<byte> made)
    {
        if (Protector is null || Protector.Name != name)
        {
            throw ThreadsErrors.ProtectorMissing(name);
        }

        byte[] key = [];
        try
        {
            key = Protector.Unprotect(made);
            return key.Length == SymmetricKey.KeySize ? new SymmetricKey(key) : throw ThreadsErrors.ProtectorRefused(name, null);
        }
        catch (CryptographicException e)
        {
            throw ThreadsErrors.ProtectorRefused(name, e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
