using System.Reflection;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using Microsoft.EntityFrameworkCore.Storage;

namespace Microsoft.EntityFrameworkCore.Threads.Query.Translators;

/// <summary>Members of DateTime, DateTimeOffset, DateOnly, TimeOnly and TimeSpan.</summary>
internal sealed class TemporalMemberTranslator(ISqlExpressionFactory sql, IRelationalTypeMappingSource types) : IMemberTranslator
{
    private readonly TemporalSql temporal = new(sql, types);

    public SqlExpression? Translate(
        SqlExpression? instance, MemberInfo member, Type returnType, IDiagnosticsLogger<DbLoggerCategory.Query> logger)
    {
        var owner = member.DeclaringType;
        return instance is null ? Static(owner, member.Name)
            : owner == typeof(DateTime) || owner == typeof(DateOnly) || owner == typeof(TimeOnly) ? Moment(instance, member.Name, returnType)
            : owner == typeof(DateTimeOffset) ? Offset(instance, member.Name, returnType)
            : owner == typeof(TimeSpan) ? Span(instance, member.Name, returnType)
            : null;
    }

    private SqlExpression? Static(Type? owner, string name)
        => owner == typeof(DateTime)
            ? name switch
            {
                "Now" => temporal.Now(local: true),
                "UtcNow" => temporal.Now(local: false),
                "Today" => temporal.Date(temporal.Now(local: true), typeof(DateTime)),
                _ => null,
            }
            : owner == typeof(DateTimeOffset) && name is "Now" or "UtcNow"
                ? temporal.Text("ef_offset", typeof(DateTimeOffset), temporal.Ticks(temporal.Now(local: false)), sql.Constant(name == "Now" ? 1 : 0))
            : null;

    private SqlExpression? Moment(SqlExpression value, string name, Type type)
        => name switch
        {
            nameof(DateTime.Year) => temporal.Part("%Y", value, type),
            nameof(DateTime.Month) => temporal.Part("%m", value, type),
            nameof(DateTime.Day) => temporal.Part("%d", value, type),
            nameof(DateTime.DayOfYear) => temporal.Part("%j", value, type),
            nameof(DateTime.DayOfWeek) => temporal.Part("%w", value, type),
            nameof(DateTime.Hour) => temporal.Part("%H", value, type),
            nameof(DateTime.Minute) => temporal.Part("%M", value, type),
            nameof(DateTime.Second) => temporal.Part("%S", value, type),
            nameof(DateTime.Millisecond) => Fraction(value, TimeSpan.TicksPerMillisecond, 1000, type),
            nameof(DateTime.Microsecond) => Fraction(value, TimeSpan.TicksPerMicrosecond, 1000, type),
            nameof(DateTime.Nanosecond) => Nanoseconds(value, type),
            nameof(DateTime.Ticks) => temporal.Ticks(value),
            nameof(DateTime.Date) => temporal.Date(value, typeof(DateTime)),
            nameof(DateTime.TimeOfDay) => temporal.Span(sql.Modulo(temporal.Ticks(value), sql.Constant(TimeSpan.TicksPerDay))),
            nameof(DateOnly.DayNumber) => sql.Convert(sql.Divide(temporal.Ticks(value), sql.Constant(TimeSpan.TicksPerDay)), type),
            _ => null,
        };

    private SqlExpression? Offset(SqlExpression value, string name, Type type)
        => name switch
        {
            nameof(DateTimeOffset.DateTime) => temporal.WallClock(value),
            nameof(DateTimeOffset.UtcDateTime) => temporal.Moment(temporal.Ticks(value)),
            nameof(DateTimeOffset.UtcTicks) => temporal.Ticks(value),
            nameof(DateTimeOffset.Offset) => temporal.Span(sql.Subtract(temporal.Ticks(temporal.WallClock(value)), temporal.Ticks(value))),
            _ => Moment(temporal.WallClock(value), name, type),
        };

    private SqlExpression? Span(SqlExpression value, string name, Type type)
        => name switch
        {
            nameof(TimeSpan.Days) => sql.Convert(sql.Divide(temporal.Ticks(value), sql.Constant(TimeSpan.TicksPerDay)), type),
            nameof(TimeSpan.Hours) => Fraction(value, TimeSpan.TicksPerHour, 24, type),
            nameof(TimeSpan.Minutes) => Fraction(value, TimeSpan.TicksPerMinute, 60, type),
            nameof(TimeSpan.Seconds) => Fraction(value, TimeSpan.TicksPerSecond, 60, type),
            nameof(TimeSpan.Milliseconds) => Fraction(value, TimeSpan.TicksPerMillisecond, 1000, type),
            nameof(TimeSpan.Microseconds) => Fraction(value, TimeSpan.TicksPerMicrosecond, 1000, type),
            nameof(TimeSpan.Nanoseconds) => Nanoseconds(value, type),
            nameof(TimeSpan.Ticks) => temporal.Ticks(value),
            nameof(TimeSpan.TotalDays) => Total(value, TimeSpan.TicksPerDay),
            nameof(TimeSpan.TotalHours) => Total(value, TimeSpan.TicksPerHour),
            nameof(TimeSpan.TotalMinutes) => Total(value, TimeSpan.TicksPerMinute),
            nameof(TimeSpan.TotalSeconds) => Total(value, TimeSpan.TicksPerSecond),
            nameof(TimeSpan.TotalMilliseconds) => Total(value, TimeSpan.TicksPerMillisecond),
            nameof(TimeSpan.TotalMicroseconds) => Total(value, TimeSpan.TicksPerMicrosecond),
            _ => null,
        };

    // How many whole units there are, less those that make up the next larger one.
    private SqlExpression Fraction(SqlExpression value, long unit, long modulus, Type type)
        => sql.Convert(
            sql.Modulo(sql.Divide(temporal.Ticks(value), sql.Constant(unit)), sql.Constant(modulus)), type);

    private SqlExpression Nanoseconds(SqlExpression value, Type type)
        => sql.Convert(sql.Multiply(sql.Modulo(temporal.Ticks(value), sql.Constant(10L)), sql.Constant(100L)), type);

    private SqlExpression Total(SqlExpression value, long unit)
        => sql.Divide(sql.Convert(temporal.Ticks(value), typeof(double)), sql.Constant((double)unit));
}
