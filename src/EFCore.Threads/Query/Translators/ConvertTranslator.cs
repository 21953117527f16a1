using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace Microsoft.EntityFrameworkCore.Threads.Query.Translators;

/// <summary><c>ToString()</c> and the methods of <see cref="Convert"/>.</summary>
internal sealed class ConvertTranslator(ISqlExpressionFactory sql) : IMethodCallTranslator
{
    private static readonly HashSet<Type> Printable =
    [
        typeof(bool), typeof(byte), typeof(byte[]), typeof(char), typeof(DateOnly), typeof(DateTime), typeof(DateTimeOffset), typeof(decimal),
        typeof(double), typeof(float), typeof(Guid), typeof(int), typeof(long), typeof(sbyte), typeof(short), typeof(TimeOnly), typeof(TimeSpan),
        typeof(uint), typeof(ushort),
    ];

    private static readonly HashSet<Type> Numbers =
        [typeof(bool), typeof(byte), typeof(short), typeof(int), typeof(long), typeof(float), typeof(double), typeof(decimal)];

    public SqlExpression? Translate(
        SqlExpression? instance, MethodInfo method, IReadOnlyList<SqlExpression> arguments, IDiagnosticsLogger<DbLoggerCategory.Query> logger)
        => instance is not null && method.Name == nameof(ToString) && arguments.Count == 0 ? Print(instance)
            : method.DeclaringType == typeof(Convert) && arguments is [var value] ? Convert(method, value)
            : null;

    private SqlExpression? Convert(MethodInfo method, SqlExpression value)
    {
        var from = method.GetParameters()[0].ParameterType;
        var to = method.ReturnType;

        // Boxing is no conversion: what is in the box decides.
        if (from == typeof(object))
        {
            value = value is SqlUnaryExpression { OperatorType: ExpressionType.Convert, Operand: var boxed } && value.Type == typeof(object) ? boxed : value;
            from = Nullable.GetUnderlyingType(value.Type) ?? value.Type;
        }

        if (method.Name == nameof(System.Convert.ToString))
        {
            return from == typeof(string) ? value : Print(value);
        }

        if (!(Numbers.Contains(from) || from == typeof(string)) || !Numbers.Contains(to))
        {
            return null;
        }

        if (to == typeof(bool))
        {
            return from == typeof(bool) ? value : from == typeof(string) ? null : sql.NotEqual(value, sql.Convert(sql.Constant(0), from));
        }

        // Convert rounds half to even where a cast cuts off.
        var fraction = from == typeof(double) || from == typeof(float) || from == typeof(decimal);
        return fraction && to != typeof(double) && to != typeof(float) && to != typeof(decimal)
            ? sql.Call("ef_round_even", to, value)
            : sql.Convert(value, to);
    }

    private SqlExpression? Print(SqlExpression value)
    {
        if (value.TypeMapping?.ClrType == typeof(string))
        {
            return value;
        }

        var type = Nullable.GetUnderlyingType(value.Type) ?? value.Type;
        if (type == typeof(bool))
        {
            return value is ColumnExpression { IsNullable: false }
                ? sql.Case([new(value, sql.Constant(bool.TrueString))], sql.Constant(bool.FalseString))
                : sql.Case(
                    value,
                    [new(sql.Constant(false), sql.Constant(bool.FalseString)), new(sql.Constant(true), sql.Constant(bool.TrueString))],
                    sql.Constant(string.Empty));
        }

        // Names of enums are the base class's.
        return type == typeof(ulong) ? sql.Coalesce(sql.Call("ef_ulong_text", typeof(string), value), sql.Constant(string.Empty))
            : Printable.Contains(type) ? sql.Coalesce(sql.Convert(value, typeof(string)), sql.Constant(string.Empty))
            : null;
    }
}
