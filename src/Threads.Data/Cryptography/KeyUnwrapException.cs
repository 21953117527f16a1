using System.Security.Cryptography;

namespace Threads.Data.Cryptography;

/// <summary>Why a wrapped key did not open.</summary>
internal enum KeyUnwrapError
{
    /// <summary>Shorter than any wrapped key.</summary>
    Malformed,

    /// <summary>Written by a later version.</summary>
    UnknownVersion,

    /// <summary>It asks for more work than <see cref="KeyWrap.MaxIterations"/>, or for none.</summary>
    TooManyIterations,

    /// <summary>The password is wrong, or the blob was altered: the two can't be told apart.</summary>
    WrongPassword,
}

/// <summary>A wrapped key did not open; <see cref="Error"/> says why.</summary>
internal sealed class KeyUnwrapException(KeyUnwrapError error, string message, Exception? inner = null) : CryptographicException(message, inner)
{
    public KeyUnwrapError Error { get; } = error;
}
