namespace Threads.Data.Resources;

internal static partial class Strings
{
    public static string HalfPair() => Get("Sequences_HalfPair");

    public static string InsidePair(int position) => Get("Sequences_InsidePair", position);
}
