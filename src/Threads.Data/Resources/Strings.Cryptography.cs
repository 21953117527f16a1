namespace Threads.Data.Resources;

internal static partial class Strings
{
    public static string Cryptography_NativeCallFailed(string function) => Get("Cryptography_NativeCallFailed", function);

    public static string Cryptography_WrappedKeyIterations(long iterations, int limit) => Get("Cryptography_WrappedKeyIterations", iterations, limit);

    public static string Cryptography_WrappedKeyMalformed(int sizeBytes) => Get("Cryptography_WrappedKeyMalformed", sizeBytes);

    public static string Cryptography_WrappedKeyVersion(int version, int known) => Get("Cryptography_WrappedKeyVersion", version, known);

    public static string Cryptography_WrongPassword => Get("Cryptography_WrongPassword");
}
