namespace Threads.Data.Resources;

internal static partial class Strings
{
    public static string ThreadIdBytes(string error, ReadOnlySpan<byte> bytes) => Get("Identity_ThreadIdBytes", Quote(bytes), Get("Identity_ThreadId_" + error));

    public static string ThreadIdText(string error, ReadOnlySpan<char> text) => Get("Identity_ThreadIdText", Quote(text), Get("Identity_ThreadId_" + error));

    public static string ThreadVariantUnknown(int variant) => Get("Identity_ThreadVariantUnknown", variant);

    public static string ThreadKeyLength(int sizeBytes) => Get("Identity_ThreadKeyLength", sizeBytes);

    public static string ThreadKeyText() => Get("Identity_ThreadKeyText");

    public static string ThreadKeyTextTooLong() => Get("Identity_ThreadKeyTextTooLong");

    public static string PeerIdBytes(string error, ReadOnlySpan<byte> bytes) => Get("Identity_PeerIdBytes", Quote(bytes), Get("Identity_PeerId_" + error));

    public static string PeerIdText(string error, ReadOnlySpan<char> text) => Get("Identity_PeerIdText", Quote(text), Get("Identity_PeerId_" + error));

    public static string LogIdBytes(string error, ReadOnlySpan<byte> bytes) => Get("Identity_LogIdBytes", Quote(bytes), Get("Identity_PeerId_" + error));

    public static string LogIdText(string error, ReadOnlySpan<char> text) => Get("Identity_LogIdText", Quote(text), Get("Identity_PeerId_" + error));

    public static string MultiaddressBytes(string error, ReadOnlySpan<byte> bytes, string where) =>
        Get("Identity_MultiaddressBytes", Quote(bytes), Get("Identity_Multiaddress_" + error, where));

    public static string MultiaddressText(string error, ReadOnlySpan<char> text, string where) =>
        Get("Identity_MultiaddressText", Quote(text), Get("Identity_Multiaddress_" + error, where));
}
