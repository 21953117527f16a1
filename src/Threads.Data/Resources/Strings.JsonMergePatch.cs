namespace Threads.Data.Resources;

internal static partial class Strings
{
    public static string Events_JsonMergePatch(string error, string what) => Get("Events_JsonMergePatch_" + error, what);
}
