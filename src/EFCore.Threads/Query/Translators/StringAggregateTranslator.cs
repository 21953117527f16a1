using System.Reflection;
using System.Text;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using Microsoft.EntityFrameworkCore.Threads.Metadata;
using Microsoft.EntityFrameworkCore.Threads.Storage;

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
            || !(join || method.Name == nameof(string.Concat)))
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
        SqlExpression? joined;
        if (source.Orderings.Count > 0 || (source.IsDistinct && separator is not SqlConstantExpression { Value: "," }))
        {
            // ORDER BY inside it is SQLite 3.44's, and beside DISTINCT it takes no separator.
            joined = Ordered(source, selector, separator);
        }
        else
        {
            joined = source.IsDistinct
                ? sql.CallOpaque("group_concat", typeof(string), null, new DistinctExpression(selector))
                : sql.CallOpaque("group_concat", typeof(string), null, selector, separator);
        }

        return joined is null ? null : sql.Coalesce(joined, empty, selector.TypeMapping);
    }

    /// <summary>Null for a collation that only SQLite knows.</summary>
    private SqlExpression? Ordered(EnumerableExpression source, SqlExpression selector, SqlExpression separator)
    {
        var order = new StringBuilder(source.IsDistinct ? OrderedJoin.Once.ToString() : "");
        var keys = new List<SqlExpression>();
        foreach (var ordering in source.Orderings)
        {
            var key = ValueOrder.OrderBy(sql, ordering.Expression);
            var collation = key switch
            {
                CollateExpression collate => collate.Collation,
                ColumnExpression { Column: { } column } => column.PropertyMappings.Select(m => (string?)m.Property[ThreadsAnnotationNames.Collation]).FirstOrDefault(c => c is not null),
                _ => null,
            };
            if (OrderedJoin.Letter(collation) is not { } letter)
            {
                return null;
            }

            order.Append(ordering.IsAscending ? '+' : '-').Append(letter);
            keys.Add(sql.ApplyDefaultTypeMapping(key is CollateExpression { Operand: var operand } ? operand : key));
        }

        return sql.CallOpaque(OrderedJoin.Function, typeof(string), null, [selector, separator, sql.Constant(order.ToString()), .. keys]);
    }
}
