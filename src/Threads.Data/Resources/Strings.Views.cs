namespace Threads.Data.Resources;

internal static partial class Strings
{
    public static string NotHeld(string table, string key) => Get("Views_NotHeld", table, key);

    public static string NoRival(string table, string key) => Get("Views_NoRival", table, key);

    public static string ForeignKeyMissing(string table, string key) => Get("Views_ForeignKeyMissing", table, key);
}
