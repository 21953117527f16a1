using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using Microsoft.EntityFrameworkCore.Storage;

namespace Microsoft.EntityFrameworkCore.Threads.Query.Translators;

/// <summary>
/// The pieces of date and time translations. Parts that SQLite reads from the text itself go through strftime, which may use an index on the
/// expression; everything finer than a millisecond, and every sum, is counted in ticks of 100 ns by the registered functions.
/// </summary>
internal sealed class TemporalSql(ISqlExpressionFactory sql, IRelationalTypeMappingSource types)
{
    public SqlExpression Part(string format, SqlExpression value, Type type)
        => sql.Convert(sql.Call("strftime", typeof(string), sql.Constant(format), value), type);

    public SqlExpression Ticks(SqlExpression value)
    {
        var type = Nullable.GetUnderlyingType(value.Type) ?? value.Type;
        return sql.Call(
            type == typeof(DateTimeOffset) ? "ef_instant_ticks"
            : type == typeof(TimeSpan) || type == typeof(TimeOnly) ? "ef_timespan_ticks"
            : "ef_datetime_ticks",
            typeof(long),
            sql.ApplyDefaultTypeMapping(value));
    }

    public SqlExpression Moment(SqlExpression ticks) => Text("ef_datetime", typeof(DateTime), ticks);

    public SqlExpression Span(SqlExpression ticks) => Text("ef_timespan", typeof(TimeSpan), ticks);

    /// <summary>A time of day has the text of the span since midnight.</summary>
    public SqlExpression TimeOfDay(SqlExpression ticks) => Text("ef_timespan", typeof(TimeOnly), ticks);

    /// <summary>What the clock on the wall showed: the text without its offset, <c>+hh:mm</c>.</summary>
    public SqlExpression WallClock(SqlExpression value)
        => sql.Call(
            "substr",
            typeof(DateTime),
            types.FindMapping(typeof(DateTime)),
            value,
            sql.Constant(1),
            sql.Subtract(sql.Call("length", typeof(int), value), sql.Constant(6)));

    public SqlExpression Date(SqlExpression value, Type type)
        => sql.Call("strftime", type, types.FindMapping(type), sql.Constant(type == typeof(DateOnly) ? "%Y-%m-%d" : "%Y-%m-%d 00:00:00"), value);

    /// <summary>Now, as far as SQLite's clock shows it: to the millisecond, the same for a whole statement.</summary>
    public SqlExpression Now(bool local)
    {
        SqlExpression[] arguments = local
            ? [sql.Constant("%Y-%m-%d %H:%M:%f"), sql.Constant("now"), sql.Constant("localtime")]
            : [sql.Constant("%Y-%m-%d %H:%M:%f"), sql.Constant("now")];
        return Moment(sql.Call("ef_datetime_ticks", typeof(long), sql.Call("strftime", typeof(string), arguments)));
    }

    public SqlExpression Text(string function, Type type, params SqlExpression[] arguments)
        => sql.Call(function, type, types.FindMapping(type), arguments);
}
