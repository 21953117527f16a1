using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using Microsoft.EntityFrameworkCore.Storage;

namespace Microsoft.EntityFrameworkCore.Threads.Query.Translators;

/// <summary>Methods of DateTime, DateTimeOffset, DateOnly, TimeOnly and TimeSpan.</summary>
internal sealed class TemporalMethodTranslator(ISqlExpressionFactory sql, IRelationalTypeMappingSource types) : IMethodCallTranslator
{
    private readonly TemporalSql temporal = new(sql, types);
    private readonly ValueArithmetic arithmetic = new(sql, types);

    public SqlExpression? Translate(
        SqlExpression? instance, MethodInfo method, IReadOnlyList<SqlExpression> arguments, IDiagnosticsLogger<DbLoggerCategory.Query> logger)
    {
        var owner = method.DeclaringType;
        if (instance is null)
        {
            return arguments.Count == 1 ? From(owner, method.Name, arguments[0]) : null;
        }

        return owner == typeof(DateTime) || owner == typeof(DateTimeOffset) || owner == typeof(DateOnly)
                ? Moment(instance, method, arguments)
            : owner == typeof(TimeOnly) ? Time(instance, method, arguments)
            : owner == typeof(TimeSpan) ? Span(instance, method, arguments)
            : null;
    }

    private SqlExpression? Moment(SqlExpression value, MethodInfo method, IReadOnlyList<SqlExpression> arguments)
    {
        var owner = method.DeclaringType!;
        switch (method.Name)
        {
            case nameof(DateTime.AddYears) or nameof(DateTime.AddMonths) or nameof(DateTime.AddDays) or nameof(DateTime.AddHours)
                or nameof(DateTime.AddMinutes) or nameof(DateTime.AddSeconds) or nameof(DateTime.AddMilliseconds)
                or nameof(DateTime.AddMicroseconds) or nameof(DateTime.AddTicks):
                var function = owner == typeof(DateTime) ? "ef_datetime_add" : owner == typeof(DateOnly) ? "ef_date_add" : "ef_offset_shift";
                return temporal.Text(
                    function, owner, value, sql.Constant(method.Name["Add".Length..]), sql.ApplyDefaultTypeMapping(arguments[0]));

            case nameof(DateTime.Add):
                return arithmetic.Temporal(ExpressionType.Add, value, arguments[0], method.ReturnType);

            case nameof(DateTime.Subtract):
                return arithmetic.Temporal(ExpressionType.Subtract, value, arguments[0], method.ReturnType);

            case nameof(DateTimeOffset.ToUnixTimeSeconds):
                return SinceEpoch(value, TimeSpan.TicksPerSecond);

            case nameof(DateTimeOffset.ToUnixTimeMilliseconds):
                return SinceEpoch(value, TimeSpan.TicksPerMillisecond);

            case nameof(DateOnly.ToDateTime) when arguments.Count == 1:
                return temporal.Moment(sql.Add(temporal.Ticks(value), temporal.Ticks(arguments[0])));

            default:
                return null;
        }
    }

    private SqlExpression? Time(SqlExpression value, MethodInfo method, IReadOnlyList<SqlExpression> arguments)
    {
        return method.Name switch
        {
            nameof(TimeOnly.AddHours) when arguments.Count == 1 => Later(Scaled(arguments[0], TimeSpan.TicksPerHour)),
            nameof(TimeOnly.AddMinutes) when arguments.Count == 1 => Later(Scaled(arguments[0], TimeSpan.TicksPerMinute)),
            nameof(TimeOnly.Add) when arguments.Count == 1 => Later(temporal.Ticks(arguments[0])),
            nameof(TimeOnly.ToTimeSpan) => temporal.Span(temporal.Ticks(value)),
            nameof(TimeOnly.IsBetween) => Between(arguments[0], arguments[1]),
            _ => null,
        };

        // Round the clock, also backwards.
        SqlExpression Later(SqlExpression ticks)
        {
            var day = sql.Constant(TimeSpan.TicksPerDay);
            return temporal.TimeOfDay(sql.Modulo(sql.Add(sql.Modulo(sql.Add(temporal.Ticks(value), ticks), day), day), day));
        }

        // An interval whose end lies before its start goes over midnight.
        SqlExpression Between(SqlExpression start, SqlExpression end)
        {
            var after = sql.GreaterThanOrEqual(value, start);
            var before = sql.LessThan(value, end);
            return sql.OrElse(
                sql.AndAlso(sql.LessThanOrEqual(start, end), sql.AndAlso(after, before)),
                sql.AndAlso(sql.GreaterThan(start, end), sql.OrElse(after, before)));
        }
    }

    private SqlExpression? Span(SqlExpression value, MethodInfo method, IReadOnlyList<SqlExpression> arguments)
        => method.Name switch
        {
            nameof(TimeSpan.Add) => arithmetic.Temporal(ExpressionType.Add, value, arguments[0], typeof(TimeSpan)),
            nameof(TimeSpan.Subtract) => arithmetic.Temporal(ExpressionType.Subtract, value, arguments[0], typeof(TimeSpan)),
            nameof(TimeSpan.Negate) => temporal.Span(sql.Negate(temporal.Ticks(value))),
            nameof(TimeSpan.Duration) => temporal.Span(sql.Call("abs", typeof(long), temporal.Ticks(value))),
            _ => null,
        };

    private SqlExpression? From(Type? owner, string method, SqlExpression value)
        => (owner, method) switch
        {
            ({ } o, nameof(DateOnly.FromDateTime)) when o == typeof(DateOnly) => temporal.Date(value, typeof(DateOnly)),
            ({ } o, nameof(DateOnly.FromDayNumber)) when o == typeof(DateOnly) => temporal.Date(
                temporal.Moment(sql.Multiply(value, sql.Constant(TimeSpan.TicksPerDay))), typeof(DateOnly)),
            ({ } o, nameof(TimeOnly.FromDateTime)) when o == typeof(TimeOnly) => temporal.TimeOfDay(
                sql.Modulo(temporal.Ticks(value), sql.Constant(TimeSpan.TicksPerDay))),
            ({ } o, nameof(TimeOnly.FromTimeSpan)) when o == typeof(TimeOnly) => temporal.TimeOfDay(temporal.Ticks(value)),
            ({ } o, _) when o == typeof(TimeSpan) && Unit(method) is { } unit => temporal.Span(Scaled(value, unit)),
            _ => null,
        };

    private static long? Unit(string method)
        => method switch
        {
            nameof(TimeSpan.FromDays) => TimeSpan.TicksPerDay,
            nameof(TimeSpan.FromHours) => TimeSpan.TicksPerHour,
            nameof(TimeSpan.FromMinutes) => TimeSpan.TicksPerMinute,
            nameof(TimeSpan.FromSeconds) => TimeSpan.TicksPerSecond,
            nameof(TimeSpan.FromMilliseconds) => TimeSpan.TicksPerMillisecond,
            nameof(TimeSpan.FromMicroseconds) => TimeSpan.TicksPerMicrosecond,
            nameof(TimeSpan.FromTicks) => 1,
            _ => null,
        };

    private SqlExpression Scaled(SqlExpression count, long unit)
        => sql.Convert(sql.Multiply(sql.ApplyDefaultTypeMapping(count), sql.Convert(sql.Constant(unit), count.Type)), typeof(long));

    private SqlExpression SinceEpoch(SqlExpression value, long unit)
        => sql.Subtract(sql.Divide(temporal.Ticks(value), sql.Constant(unit)), sql.Constant(DateTime.UnixEpoch.Ticks / unit));
}
