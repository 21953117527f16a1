using System.Text;
using System.Text.RegularExpressions;

namespace Threads.Data.JsonSchemas;

/// <summary>
/// A regular expression of ECMA 262, which draft-07 asks for (4.3), made one of .NET. It is matched in time that grows with the text alone where it needs no
/// looking around or back; one that does is given a quarter of a second.
/// </summary>
internal sealed class EcmaPattern
{
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(250);

    private readonly Regex _regex;

    private EcmaPattern(string text, Regex regex)
    {
        Text = text;
        _regex = regex;
    }

    /// <summary>As the schema has it.</summary>
    public string Text { get; }

    /// <summary>Null where the text is no regular expression.</summary>
    public static EcmaPattern? TryParse(string text)
    {
        try
        {
            var translated = Translate(text);
            try
            {
                return new EcmaPattern(text, new Regex(translated, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, Longest));
            }
            catch (NotSupportedException)
            {
                return new EcmaPattern(text, new Regex(translated, RegexOptions.CultureInvariant, Longest));
            }
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Whether it matches anywhere in the text; a match that takes too long is none.</summary>
    public bool IsMatch(string value)
    {
        try
        {
            return _regex.IsMatch(value);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    /// <summary>What both write alike but mean otherwise: $ is the very end, \d and \w are ASCII, a dot stops at every line end, a bracket in a class is itself.</summary>
    private static string Translate(string text)
    {
        var result = new StringBuilder(text.Length + 16);
        var inClass = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\\' && i + 1 < text.Length)
            {
                result.Append(Escape(text[++i], inClass));
            }
            else if (inClass)
            {
                inClass = c != ']';
                result.Append(c == '[' ? @"\[" : c);
            }
            else if (c == '[')
            {
                (var class_, inClass) = text.AsSpan(i) switch
                {
                    ['[', ']', ..] => ("(?!)", false),
                    ['[', '^', ']', ..] => (@"[\s\S]", false),
                    _ => ("[", true),
                };
                i += class_ is "(?!)" ? 1 : class_ is "[" ? 0 : 2;
                result.Append(class_);
            }
            else
            {
                result.Append(c switch { '$' => @"\z", '.' => @"[^\n\r\u2028\u2029]", _ => c.ToString() });
            }
        }

        return result.ToString();
    }

    private static string Escape(char c, bool inClass) => (c, inClass) switch
    {
        ('d', false) => "[0-9]",
        ('d', true) => "0-9",
        ('D', false) => "[^0-9]",
        ('w', false) => "[A-Za-z0-9_]",
        ('w', true) => "A-Za-z0-9_",
        ('W', false) => "[^A-Za-z0-9_]",
        ('s', true) => @"\s\uFEFF",
        ('s', false) => @"[\s\uFEFF]",
        ('a' or 'e' or 'A' or 'z' or 'Z' or 'G', _) => c.ToString(),
        _ => "\\" + c,
    };
}
