using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace Microsoft.EntityFrameworkCore.Threads.Query;

/// <summary>
/// The order of values whose text or bits do not sort as they mean: decimals, time spans, instants with an offset, and unsigned numbers from 2⁶³ on.
/// Each has a function that maps it to an INTEGER in the right order, decimals a collation. The functions are those of
/// <see cref="Storage.ThreadsFunctions"/>.
/// </summary>
internal static class ValueOrder
{
    /// <summary>The collation that compares decimal texts as numbers.</summary>
    public const string DecimalCollation = "EF_DECIMAL";

    /// <summary>Null when SQLite's own order is the right one.</summary>
    public static string? KeyFunction(Type providerType)
        => providerType == typeof(TimeSpan) ? "ef_timespan_ticks"
            : providerType == typeof(DateTimeOffset) ? "ef_instant_ticks"
            : providerType == typeof(ulong) ? "ef_ulong_key"
            : null;

    /// <summary>What to write after ORDER BY.</summary>
    public static SqlExpression OrderBy(ISqlExpressionFactory sql, SqlExpression value)
    {
        var type = value.ProviderType();
        return type == typeof(decimal) ? new CollateExpression(sql.ApplyDefaultTypeMapping(value), DecimalCollation) : Key(sql, value);
    }

    /// <summary>The integer to compare; the value itself when SQLite compares it rightly.</summary>
    public static SqlExpression Key(ISqlExpressionFactory sql, SqlExpression value)
        => KeyFunction(value.ProviderType()) is { } function ? sql.ApplyDefaultTypeMapping(sql.Call(function, typeof(long), value)) : value;
}
