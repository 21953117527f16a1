using System.Reflection;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace Microsoft.EntityFrameworkCore.Threads.Query.Translators;

/// <summary><c>string.Join</c> and <c>string.Concat</c> over a group.</summary>
internal sealed class StringAggregateTranslator(ISqlExpressionFactory sql) : IAggregateMethodCallTranslator
{
    public SqlExpression? Translate(
        MethodInfo method, EnumerableExpression source, IReadOnlyList<SqlExpression> arguments, IDiagnosticsLogger<DbLoggerCategory.Query> logger)
    {
        var join = method.Name == nameof(string.Join);
        if (source.Selector is not SqlExpression selector
            || method.DeclaringType != typeof(string)
            || !(join || method.Name == nameof(string.Concat))
            // group_concat takes rows as they come (ORDER BY inside it is SQLite 3.44's): better refused than answered in another order.
            || source.Orderings.Count > 0)
        {
            return null;
        }

        var empty = sql.Constant(string.Empty, typeof(string));
        selector = sql.Coalesce(selector, empty);
        if (source.Predicate is not null)
        {
            selector = sql.Case([new CaseWhenClause(source.Predicate, selector)], null);
        }

        var separator = join ? sql.ApplyTypeMapping(arguments[0], selector.TypeMapping) : empty;
        if (source.IsDistinct)
        {
            // DISTINCT allows a single argument, and then SQLite's separator is a comma.
            return separator is SqlConstantExpression { Value: "," }
                ? sql.Coalesce(sql.CallOpaque("group_concat", typeof(string), null, new DistinctExpression(selector)), empty, selector.TypeMapping)
                : null;
        }

        return sql.Coalesce(sql.CallOpaque("group_concat", typeof(string), null, selector, separator), empty, selector.TypeMapping);
    }
}
