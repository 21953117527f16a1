namespace Microsoft.EntityFrameworkCore.Threads.Scaffolding;

/// <summary>Finds its way in the text of a CREATE statement: what is quoted, commented or in parentheses is stepped over as one.</summary>
internal static class SqlScan
{
    /// <summary>Where <paramref name="keyword"/> stands outside all parentheses; −1 when it does not.</summary>
    public static int FindKeyword(string sql, string keyword, int from = 0)
    {
        for (var i = from; i < sql.Length; i = Next(sql, i))
        {
            if (IsWord(sql, i, keyword))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The parts of <paramref name="text"/> between commas outside parentheses and quotes.</summary>
    public static List<string> Split(string text)
    {
        var parts = new List<string>();
        var start = 0;
        for (var i = 0; i < text.Length; i = Next(text, i))
        {
            if (text[i] == ',')
            {
                parts.Add(text[start..i]);
                start = i + 1;
            }
        }

        parts.Add(text[start..]);
        return parts;
    }

    /// <summary>What the parentheses that open at or after <paramref name="from"/> hold; null without any.</summary>
    public static string? Parenthesized(string text, int from)
    {
        for (var i = from; i < text.Length; i = Next(text, i))
        {
            if (text[i] == '(')
            {
                return text[(i + 1)..(Next(text, i) - 1)];
            }
        }

        return null;
    }

    /// <summary>The position behind the character, quoted text, comment or parenthesis at <paramref name="at"/>.</summary>
    public static int Next(string text, int at)
    {
        switch (text[at])
        {
            case '\'' or '"' or '`':
                return Behind(text, at + 1, text[at]);

            case '[':
                return Behind(text, at + 1, ']');

            case '-' when at + 1 < text.Length && text[at + 1] == '-':
                return Behind(text, at + 2, '\n');

            case '/' when at + 1 < text.Length && text[at + 1] == '*':
                var end = text.IndexOf("*/", at + 2, StringComparison.Ordinal);
                return end < 0 ? text.Length : end + 2;

            case '(':
                var i = at + 1;
                while (i < text.Length && text[i] != ')')
                {
                    i = Next(text, i);
                }

                return Math.Min(i + 1, text.Length);

            case var c when IsWordCharacter(c):
                var last = at;
                while (last < text.Length && IsWordCharacter(text[last]))
                {
                    last++;
                }

                return last;

            default:
                return at + 1;
        }
    }

    /// <summary>Whether a whole word stands at <paramref name="at"/>, which is where one begins.</summary>
    public static bool IsWord(string text, int at, string word)
        => string.Compare(text, at, word, 0, word.Length, StringComparison.OrdinalIgnoreCase) == 0
            && (at + word.Length >= text.Length || !IsWordCharacter(text[at + word.Length]));

    /// <summary>A name without its quotes.</summary>
    public static string Unquote(string name)
        => name.Length > 1 && name[0] is '"' or '[' or '`' or '\''
            ? name[1..^1].Replace(new string(name[0], 2), name[..1], StringComparison.Ordinal)
            : name;

    private static bool IsWordCharacter(char c) => char.IsLetterOrDigit(c) || c is '_' or '$';

    private static int Behind(string text, int from, char end)
    {
        var at = text.IndexOf(end, from);
        return at < 0 ? text.Length : at + 1;
    }
}
