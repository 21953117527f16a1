namespace Threads.Data.Identity;

/// <summary>go-threads' rule for names of collections and databases: ASCII letters and digits in groups, one hyphen between two groups.</summary>
internal static class CollectionName
{
    public static bool IsValid(ReadOnlySpan<char> name)
    {
        var needsLetter = true;
        foreach (var character in name)
        {
            if (char.IsAsciiLetterOrDigit(character))
                needsLetter = false;
            else if (character == '-' && !needsLetter)
                needsLetter = true;
            else
                return false;
        }
        return !needsLetter;
    }
}
