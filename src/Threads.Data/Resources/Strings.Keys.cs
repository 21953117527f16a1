namespace Threads.Data.Resources;

internal static partial class Strings
{
    public static string KeysBoth => Get("Keys_Both");

    public static string KeysFileMissing(string file) => Get("Keys_FileMissing", file);

    public static string KeysFileOpen(string file) => Get("Keys_FileOpen", file);

    public static string KeysFileOther(string file) => Get("Keys_FileOther", file);

    public static string KeysIdentityPrefix => Get("Keys_IdentityPrefix");

    public static string KeysIdentityText(string why) => Get("Keys_IdentityText", why);

    public static string KeysInMemory => Get("Keys_InMemory");

    public static string KeysInTransaction => Get("Keys_InTransaction");

    public static string KeysNotProtected => Get("Keys_NotProtected");

    public static string KeysOtherIdentity(string file, string wanted) => Get("Keys_OtherIdentity", file, wanted);

    public static string KeysPassphrase => Get("Keys_Passphrase");

    public static string KeysPhraseChecksum => Get("Keys_PhraseChecksum");

    public static string KeysPhraseLength(int words) => Get("Keys_PhraseLength", words);

    public static string KeysPhraseWord(int word) => Get("Keys_PhraseWord", word);

    public static string KeysProtectorMissing(string name) => Get("Keys_ProtectorMissing", name);

    public static string KeysProtectorRefused(string name) => Get("Keys_ProtectorRefused", name);
}
