using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Threads.Data.OpenSsl;

/// <summary>OpenSSL's libcrypto (1.1.1 or later), the library that .NET itself uses on Linux: found once a process, its functions by name.</summary>
internal static class Libcrypto
{
    /// <summary>Binds what is needed out of the first libcrypto that has all of it; null when none has, or none is there.</summary>
    /// <param name="bind">Makes the functions out of the library's handle; <see cref="EntryPointNotFoundException"/> when one is missing.</param>
    public static T? TryBind<T>(Func<nint, T> bind)
        where T : class
    {
        foreach (var name in Names())
        {
            if (!NativeLibrary.TryLoad(name, typeof(Libcrypto).Assembly, SearchPath, out var library))
            {
                continue;
            }

            try
            {
                return bind(library);
            }
            catch (Exception e) when (e is EntryPointNotFoundException or CryptographicException)
            {
                // An old libcrypto, or one that may not do this: the next name, or managed code.
                NativeLibrary.Free(library);
            }
        }

        return null;
    }

    // Never the current directory: a planted libcrypto would see our private keys.
    private static DllImportSearchPath? SearchPath =>
        OperatingSystem.IsWindows() ? DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.System32 : null;

    private static string[] Names()
    {
        if (OperatingSystem.IsWindows())
        {
            return RuntimeInformation.ProcessArchitecture switch
            {
                Architecture.X64 => ["libcrypto-3-x64.dll", "libcrypto-1_1-x64.dll"],
                Architecture.Arm64 => ["libcrypto-3-arm64.dll", "libcrypto-1_1-arm64.dll"],
                _ => ["libcrypto-3.dll", "libcrypto-1_1.dll"],
            };
        }

        // macOS ends a process that loads the unversioned libcrypto.dylib, so that name is left out.
        if (OperatingSystem.IsMacOS())
        {
            return ["libcrypto.3.dylib", "/opt/homebrew/opt/openssl@3/lib/libcrypto.3.dylib", "/usr/local/opt/openssl@3/lib/libcrypto.3.dylib"];
        }

        return OperatingSystem.IsLinux() || OperatingSystem.IsFreeBSD() ? ["libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.so"] : [];
    }
}
