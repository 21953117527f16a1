using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using Microsoft.EntityFrameworkCore.Storage;

namespace Microsoft.EntityFrameworkCore.Threads.Query;

/// <summary>
/// Operators on values that SQLite would treat as text or signed bits: decimals, moments, spans and 64-bit unsigned numbers. Each becomes a call of
/// a function of <see cref="Storage.ThreadsFunctions"/>, so results are exact.
/// </summary>
internal sealed class ValueArithmetic(ISqlExpressionFactory sql, IRelationalTypeMappingSource types)
{
    public static bool IsTemporal(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(TimeSpan) || type == typeof(DateTime) || type == typeof(DateTimeOffset) || type == typeof(TimeOnly);
    }

    /// <summary>−x.</summary>
    public SqlExpression Negate(SqlUnaryExpression negation)
    {
        var type = negation.Operand.ProviderType();
        return type == typeof(decimal) ? sql.Call("ef_negate", negation.Type, negation.TypeMapping, negation.Operand)
            : type == typeof(TimeSpan) ? Span(sql.Negate(Ticks(negation.Operand)), negation.Type)
            : negation;
    }

    /// <summary>The same operation, said so that SQLite gets it right; null when it has no meaning in SQL.</summary>
    public SqlExpression? Rewrite(SqlBinaryExpression binary)
    {
        var type = binary.Left.ProviderType();
        var right = binary.Right.ProviderType();
        return binary.OperatorType switch
        {
            ExpressionType.LessThan or ExpressionType.LessThanOrEqual or ExpressionType.GreaterThan or ExpressionType.GreaterThanOrEqual
                => Compare(binary, type),
            ExpressionType.ExclusiveOr => Xor(binary),
            ExpressionType.Modulo when type == typeof(double) || type == typeof(float) || right == typeof(double) || right == typeof(float)
                => sql.CallOpaque("mod", binary.Type, binary.TypeMapping, binary.Left, binary.Right),
            ExpressionType.Add or ExpressionType.Subtract or ExpressionType.Multiply or ExpressionType.Divide or ExpressionType.Modulo
                => type == typeof(decimal) || right == typeof(decimal) ? Call("ef_", binary)
                    // What arithmetic means for a type behind a converter, only the converter knows.
                    : (IsTemporal(type) || type == typeof(ulong)) && binary.Left.TypeMapping?.Converter is not null ? null
                    : type == typeof(ulong) && right == typeof(ulong) ? Call("ef_ulong_", binary)
                    : IsTemporal(type) ? Temporal(binary.OperatorType, binary.Left, binary.Right, binary.Type)
                    : binary,
            _ => binary,
        };
    }

    /// <summary>Moment ± span, span ± span, moment − moment; span × or ÷ number. Counted in ticks of 100 ns.</summary>
    public SqlExpression? Temporal(ExpressionType operation, SqlExpression left, SqlExpression right, Type resultType)
    {
        left = sql.ApplyDefaultTypeMapping(left);
        right = sql.ApplyDefaultTypeMapping(right);
        var (l, r) = (left.ProviderType(), right.ProviderType());
        var add = operation == ExpressionType.Add;
        if (operation is ExpressionType.Multiply or ExpressionType.Divide)
        {
            return Scale(operation, left, right, resultType);
        }

        if (l == typeof(TimeSpan) && r == typeof(TimeSpan))
        {
            return Span(Sum(Ticks(left), Ticks(right), add), resultType);
        }

        if (r == typeof(TimeSpan) && l != typeof(TimeOnly))
        {
            return l == typeof(DateTimeOffset)
                ? sql.Call("ef_offset_add", resultType, left.TypeMapping, left, add ? Ticks(right) : sql.Negate(Ticks(right)))
                : sql.Call("ef_datetime", resultType, left.TypeMapping, Sum(Ticks(left), Ticks(right), add));
        }

        if (l != r || add)
        {
            return null;
        }

        // The time of day runs in a circle: what lies before is counted as of the day before.
        return l == typeof(TimeOnly)
            ? Span(
                sql.Modulo(sql.Add(sql.Subtract(Ticks(left), Ticks(right)), sql.Constant(TimeSpan.TicksPerDay)), sql.Constant(TimeSpan.TicksPerDay)),
                resultType)
            : Span(sql.Subtract(Ticks(left), Ticks(right)), resultType);
    }

    /// <summary>Shifted as C# shifts it: the count wraps at the width of the type, and so does the result.</summary>
    public SqlExpression Shift(bool left, SqlExpression value, SqlExpression count)
    {
        value = sql.ApplyDefaultTypeMapping(value);
        var type = value.ProviderType();
        var kind = type == typeof(ulong) ? "ulong" : type == typeof(long) ? "long" : type == typeof(uint) ? "uint" : "int";
        return sql.Call($"ef_shift_{(left ? "left" : "right")}", value.Type, value.TypeMapping, value, sql.ApplyDefaultTypeMapping(count), sql.Constant(kind));
    }

    /// <summary>The greatest or least of several values.</summary>
    public SqlExpression Extreme(string function, IReadOnlyList<SqlExpression> values, Type resultType)
    {
        var mapping = values.Select(v => v.TypeMapping).FirstOrDefault(m => m is not null) ?? types.FindMapping(resultType);
        var mapped = values.Select(v => sql.ApplyTypeMapping(v, mapping)).ToArray();
        var type = mapped[0].ProviderType();
        return type == typeof(decimal) || type == typeof(DateTimeOffset)
                ? sql.Call(type == typeof(decimal) ? $"ef_decimal_{function}" : $"ef_instant_{function}", resultType, mapping, mapped)
            : FromKey(type) is { } back
                ? sql.Call(back, resultType, mapping, sql.Call(function, typeof(long), [.. mapped.Select(v => ValueOrder.Key(sql, v))]))
            : sql.Call(function, resultType, mapping, mapped);
    }

    /// <summary>The function that turns the ordering key of a type back into its value; null for types that sort as they are.</summary>
    public static string? FromKey(Type type)
        => type == typeof(ulong) ? "ef_ulong_key" : type == typeof(TimeSpan) ? "ef_timespan" : null;

    private static string Name(ExpressionType operation)
        => operation switch
        {
            ExpressionType.Add => "add",
            ExpressionType.Subtract => "subtract",
            ExpressionType.Multiply => "multiply",
            ExpressionType.Divide => "divide",
            _ => "mod",
        };

    // Division by zero gives NULL, as SQLite's own does.
    private SqlExpression Call(string prefix, SqlBinaryExpression binary)
        => binary.OperatorType is ExpressionType.Divide or ExpressionType.Modulo
            ? sql.CallOpaque(prefix + Name(binary.OperatorType), binary.Type, binary.TypeMapping, binary.Left, binary.Right)
            : sql.Call(prefix + Name(binary.OperatorType), binary.Type, binary.TypeMapping, binary.Left, binary.Right);

    private SqlExpression Compare(SqlBinaryExpression binary, Type type)
    {
        var (left, right) = type == typeof(decimal) && binary.Right.ProviderType() == typeof(decimal)
            ? (sql.Call("ef_compare", typeof(int), binary.Left, binary.Right), sql.Constant(0))
            : ValueOrder.KeyFunction(type) is not null
                ? (ValueOrder.Key(sql, binary.Left), ValueOrder.Key(sql, binary.Right))
                : (binary.Left, binary.Right);
        return left == binary.Left ? binary : sql.MakeBinary(binary.OperatorType, left, right, binary.TypeMapping)!;
    }

    // SQLite has no XOR: the bits of either without the bits of both.
    private SqlExpression? Xor(SqlBinaryExpression binary)
        => binary.Type == typeof(bool) || binary.Type == typeof(bool?)
            ? sql.NotEqual(binary.Left, binary.Right)
            : sql.Subtract(
                sql.MakeBinary(ExpressionType.Or, binary.Left, binary.Right, binary.TypeMapping)!,
                sql.MakeBinary(ExpressionType.And, binary.Left, binary.Right, binary.TypeMapping)!,
                binary.TypeMapping);

    private SqlExpression? Scale(ExpressionType operation, SqlExpression left, SqlExpression right, Type resultType)
        => left.ProviderType() != typeof(TimeSpan) ? null
            : right.ProviderType() == typeof(TimeSpan)
                ? operation == ExpressionType.Divide ? sql.Divide(sql.Convert(Ticks(left), typeof(double)), Ticks(right)) : null
            : Span(
                sql.Convert(
                    sql.Call("round", typeof(double), sql.MakeBinary(operation, sql.Convert(Ticks(left), typeof(double)), right, null)!),
                    typeof(long)),
                resultType);

    private SqlExpression Sum(SqlExpression left, SqlExpression right, bool add) => add ? sql.Add(left, right) : sql.Subtract(left, right);

    private SqlExpression Span(SqlExpression ticks, Type type) => sql.Call("ef_timespan", type, types.FindMapping(typeof(TimeSpan)), ticks);

    private SqlExpression Ticks(SqlExpression value)
    {
        var type = value.ProviderType();
        return sql.Call(
            type == typeof(DateTimeOffset) ? "ef_instant_ticks" : type == typeof(DateTime) ? "ef_datetime_ticks" : "ef_timespan_ticks", typeof(long), value);
    }
}
