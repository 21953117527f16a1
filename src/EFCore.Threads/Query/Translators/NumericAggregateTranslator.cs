using System.Reflection;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace Microsoft.EntityFrameworkCore.Threads.Query.Translators;

/// <summary>The registered functions for aggregates over values that SQLite would compare or add up wrongly.</summary>
internal sealed class NumericAggregateTranslator(ISqlExpressionFactory sql) : IAggregateMethodCallTranslator
{
    public SqlExpression? Translate(
        MethodInfo method, EnumerableExpression source, IReadOnlyList<SqlExpression> arguments, IDiagnosticsLogger<DbLoggerCategory.Query> logger)
    {
        if (method.DeclaringType != typeof(Queryable) || source.Selector is not SqlExpression selector)
        {
            return null;
        }

        var type = selector.ProviderType();
        var name = method.Name switch
        {
            nameof(Queryable.Average) => "avg",
            nameof(Queryable.Sum) => "sum",
            nameof(Queryable.Max) => "max",
            nameof(Queryable.Min) => "min",
            _ => null,
        };
        if (name is null)
        {
            return null;
        }

        if (type == typeof(decimal))
        {
            return Aggregate("ef_" + name, Over(source, selector), selector);
        }

        if (name is not ("max" or "min") || ValueOrder.KeyFunction(type) is null)
        {
            return null;
        }

        // The key is what is compared; an instant cannot be made from its key, its offset would be lost.
        return ValueArithmetic.FromKey(type) is { } back
            ? sql.Call(back, selector.Type, selector.TypeMapping, sql.CallOpaque(name, typeof(long), null, Over(source, ValueOrder.Key(sql, selector))))
            : Aggregate($"ef_{name}_instant", Over(source, selector), selector);
    }

    private SqlExpression Aggregate(string function, SqlExpression argument, SqlExpression selector)
        => sql.CallOpaque(function, selector.Type, selector.TypeMapping, argument);

    private SqlExpression Over(EnumerableExpression source, SqlExpression value)
    {
        if (source.Predicate is not null)
        {
            value = sql.Case([new CaseWhenClause(source.Predicate, value)], null);
        }

        return source.IsDistinct ? new DistinctExpression(value) : value;
    }
}
