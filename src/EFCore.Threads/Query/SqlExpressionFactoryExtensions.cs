using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using Microsoft.EntityFrameworkCore.Storage;

namespace Microsoft.EntityFrameworkCore.Threads.Query;

/// <summary>The shapes that most translations are made of.</summary>
internal static class SqlExpressionFactoryExtensions
{
    /// <summary>A function that is NULL exactly when one of its arguments is.</summary>
    public static SqlExpression Call(this ISqlExpressionFactory sql, string name, Type type, params SqlExpression[] arguments)
        => sql.Function(name, arguments, true, Enumerable.Repeat(true, arguments.Length), type);

    /// <summary>As <see cref="Call(ISqlExpressionFactory, string, Type, SqlExpression[])"/>, with the mapping of its result known.</summary>
    public static SqlExpression Call(
        this ISqlExpressionFactory sql, string name, Type type, RelationalTypeMapping? mapping, params SqlExpression[] arguments)
        => sql.Function(name, arguments, true, Enumerable.Repeat(true, arguments.Length), type, mapping);

    /// <summary>A function that may be NULL although its arguments are not (a failed conversion), or not NULL although they are.</summary>
    public static SqlExpression CallOpaque(
        this ISqlExpressionFactory sql, string name, Type type, RelationalTypeMapping? mapping, params SqlExpression[] arguments)
        => sql.Function(name, arguments, true, Enumerable.Repeat(false, arguments.Length), type, mapping);

    /// <summary>A path inside a JSON document as SQL text: a constant, or a concatenation around indexes that are only known to SQL.</summary>
    public static SqlExpression JsonPath(this ISqlExpressionFactory sql, IReadOnlyList<PathSegment> path)
    {
        SqlExpression? result = null;
        var text = new StringBuilder("$");
        foreach (var segment in path)
        {
            if (!TryAppend(text, segment))
            {
                text.Append('[');
                var before = sql.Constant(text.ToString());
                result = sql.Add(result is null ? before : sql.Add(result, before), sql.Convert(segment.ArrayIndex!, typeof(string)));
                text.Clear().Append(']');
            }
        }

        return sql.ApplyDefaultTypeMapping(
            result is null ? sql.Constant(text.ToString()) : sql.Add(result, sql.Constant(text.ToString())));
    }

    /// <summary>The type a value has in SQL after its converter.</summary>
    public static Type ProviderType(this SqlExpression expression)
    {
        var type = expression.TypeMapping?.Converter?.ProviderClrType ?? expression.TypeMapping?.ClrType ?? expression.Type;
        return Nullable.GetUnderlyingType(type) ?? type;
    }

    /// <summary>Adds a member: quoted unless it is a plain word, and escaped as EF writes it into documents, for SQLite compares the text of both.</summary>
    public static void AppendMember(StringBuilder path, string name)
        => path.Append('.').Append(name.All(char.IsAsciiLetterOrDigit) ? name : "\"" + JsonEncodedText.Encode(name) + "\"");

    /// <summary>Adds a member or an index known now; false for an index that only SQL knows.</summary>
    public static bool TryAppend(StringBuilder path, PathSegment segment)
    {
        switch (segment)
        {
            case { PropertyName: { } name }:
                AppendMember(path, name);
                return true;

            case { ArrayIndex: SqlConstantExpression { Value: { } index } }:
                path.Append('[').Append(Convert.ToString(index, CultureInfo.InvariantCulture)).Append(']');
                return true;

            default:
                return false;
        }
    }
}
