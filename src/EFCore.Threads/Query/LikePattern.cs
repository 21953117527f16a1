using System.Reflection;
using Microsoft.EntityFrameworkCore.Query;

namespace Microsoft.EntityFrameworkCore.Threads.Query;

/// <summary>Patterns for LIKE that find a literal text at the start or the end.</summary>
public static class LikePattern
{
    internal const string Escape = "\\";

    internal static MethodInfo FromParameterMethod { get; } = typeof(LikePattern).GetMethod(nameof(FromParameter))!;

    /// <summary>The pattern for the value a query's parameter has now; null for null. Precompiled queries call it.</summary>
    public static string? FromParameter(QueryContext queryContext, string parameterName, bool startsWith)
    {
        ArgumentNullException.ThrowIfNull(queryContext);
        return queryContext.Parameters[parameterName]?.ToString() is { } value ? Build(value, startsWith, escape: true) : null;
    }

    internal static bool NeedsEscape(string literal) => literal.AsSpan().IndexOfAny('%', '_') >= 0;

    internal static string Build(string literal, bool starts) => Build(literal, starts, NeedsEscape(literal));

    private static string Build(string literal, bool starts, bool escape)
    {
        if (escape)
        {
            literal = literal.Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("%", "\\%", StringComparison.Ordinal)
                .Replace("_", "\\_", StringComparison.Ordinal);
        }

        return literal.Length == 0 ? "%" : starts ? literal + "%" : "%" + literal;
    }
}
