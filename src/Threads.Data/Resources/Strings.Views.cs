namespace Threads.Data.Resources;

internal static partial class Strings
{
    public static string ForeignKeyMissing(string table, string key) => Get("Views_ForeignKeyMissing", table, key);
}
