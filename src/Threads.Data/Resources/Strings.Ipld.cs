namespace Threads.Data.Resources;

internal static partial class Strings
{
    private const int QuotedBytes = 48;
    private const int QuotedCharacters = 128;

    public static string Cbor(string error, long offset, string? detail) => Get("Ipld_Cbor_" + error, offset, detail);

    public static string Car(string error, long offset, object? detail) => Get("Ipld_Car_" + error, offset, detail);

    public static string CidBytes(string error, ReadOnlySpan<byte> bytes) => Get("Ipld_CidBytes", Quote(bytes), Get("Ipld_Cid_" + error));

    public static string CidText(string error, ReadOnlySpan<char> text) => Get("Ipld_CidText", Quote(text), Get("Ipld_Cid_" + error));

    /// <summary>Hexadecimal, cut where nobody reads on.</summary>
    private static string Quote(ReadOnlySpan<byte> bytes) =>
        bytes.Length <= QuotedBytes ? Convert.ToHexStringLower(bytes) : Convert.ToHexStringLower(bytes[..QuotedBytes]) + "…";

    private static string Quote(ReadOnlySpan<char> text) =>
        text.Length <= QuotedCharacters ? text.ToString() : string.Concat(text[..QuotedCharacters], "…");
}
