using System.Globalization;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Storage.Json;

namespace Microsoft.EntityFrameworkCore.Threads.Storage;

/// <summary>String as TEXT. Line ends and NUL in a literal are written as <c>char(…)</c>, so a script survives any editor and transport.</summary>
public class ThreadsStringTypeMapping : StringTypeMapping
{
    /// <summary>The mapping every text column starts from.</summary>
    public static new ThreadsStringTypeMapping Default { get; } = new(new RelationalTypeMappingParameters(
        new CoreTypeMappingParameters(typeof(string), jsonValueReaderWriter: JsonStringReaderWriter.Instance),
        ThreadsTypeMappingSource.Text, dbType: System.Data.DbType.String, unicode: true));

    /// <summary>A mapping with these facets.</summary>
    protected ThreadsStringTypeMapping(RelationalTypeMappingParameters parameters)
        : base(parameters)
    {
    }

    /// <inheritdoc />
    protected override RelationalTypeMapping Clone(RelationalTypeMappingParameters parameters) => new ThreadsStringTypeMapping(parameters);

    /// <inheritdoc />
    protected override string GenerateNonNullSqlLiteral(object value)
    {
        var text = (string)value;
        if (text.AsSpan().IndexOfAny('\r', '\n', '\0') < 0)
        {
            return Quote(text);
        }

        var pieces = new List<string>();
        for (var start = 0; start < text.Length;)
        {
            var special = IsSpecial(text[start]);
            var end = start + 1;
            while (end < text.Length && IsSpecial(text[end]) == special && !(special && end - start == LongestCall))
            {
                end++;
            }

            var piece = text[start..end];
            pieces.Add(special
                ? "CHAR(" + string.Join(", ", piece.Select(c => ((int)c).ToString(CultureInfo.InvariantCulture))) + ")"
                : Quote(piece));
            start = end;
        }

        return Concatenate(pieces, 0, pieces.Count);
    }

    // A function takes at most 127 arguments.
    private const int LongestCall = 100;

    private static bool IsSpecial(char c) => c is '\r' or '\n' or '\0';

    private static string Quote(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";

    // Halved again and again: SQLite limits the depth of an expression, and a chain of n pieces would be n deep.
    private static string Concatenate(List<string> pieces, int start, int end)
        => end - start == 1
            ? pieces[start]
            : "(" + Concatenate(pieces, start, (start + end) / 2) + " || " + Concatenate(pieces, (start + end) / 2, end) + ")";
}
