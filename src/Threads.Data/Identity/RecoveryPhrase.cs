using System.Security.Cryptography;
using Threads.Data.Resources;

namespace Threads.Data.Identity;

/// <summary>32 bytes as 24 words (BIP-39): 11 bits a word, the last eight of the 264 are the first of the bytes' SHA-256.</summary>
internal static class RecoveryPhrase
{
    private const int Words = 24;
    private const int BitsAWord = 11;
    private const int Bytes = 33;

    private static readonly string[] List = Load();

    public static string Write(ReadOnlySpan<byte> seed)
    {
        Span<byte> bits = stackalloc byte[Bytes];
        seed.CopyTo(bits);
        bits[^1] = Checksum(seed);
        var words = new string[Words];
        for (var i = 0; i < Words; i++)
        {
            words[i] = List[Bits(bits, i)];
        }

        CryptographicOperations.ZeroMemory(bits);
        return string.Join(' ', words);
    }

    /// <exception cref="ThreadsException">They are no such words.</exception>
    public static void Read(string phrase, Span<byte> seed)
    {
        var words = phrase.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length != Words)
        {
            throw ThreadsErrors.IdentityText(Strings.KeysPhraseLength(words.Length));
        }

        Span<byte> bits = stackalloc byte[Bytes];
        bits.Clear();
        for (var i = 0; i < Words; i++)
        {
            var number = Array.BinarySearch(List, words[i].ToLowerInvariant(), StringComparer.Ordinal);
            if (number < 0)
            {
                throw ThreadsErrors.IdentityText(Strings.KeysPhraseWord(i + 1));
            }

            for (var bit = 0; bit < BitsAWord; bit++)
            {
                var at = (i * BitsAWord) + bit;
                bits[at >> 3] |= (byte)((number >> (BitsAWord - 1 - bit) & 1) << (7 - (at & 7)));
            }
        }

        var isWhole = bits[^1] == Checksum(bits[..^1]);
        bits[..^1].CopyTo(seed);
        CryptographicOperations.ZeroMemory(bits);
        if (!isWhole)
        {
            throw ThreadsErrors.IdentityText(Strings.KeysPhraseChecksum);
        }
    }

    private static int Bits(ReadOnlySpan<byte> bits, int word)
    {
        var number = 0;
        for (var bit = 0; bit < BitsAWord; bit++)
        {
            var at = (word * BitsAWord) + bit;
            number = number << 1 | (bits[at >> 3] >> (7 - (at & 7)) & 1);
        }

        return number;
    }

    private static byte Checksum(ReadOnlySpan<byte> seed)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(seed, digest);
        return digest[0];
    }

    private static string[] Load()
    {
        using var reader = new StreamReader(typeof(RecoveryPhrase).Assembly.GetManifestResourceStream("Threads.Data.Resources.words.txt")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
