using System.Reflection;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace Microsoft.EntityFrameworkCore.Threads.Query.Translators;

/// <summary>Members and methods of <see cref="string"/> and <see cref="char"/>.</summary>
internal sealed class StringTranslator(ISqlExpressionFactory sql) : IMethodCallTranslator, IMemberTranslator
{
    public SqlExpression? Translate(
        SqlExpression? instance, MemberInfo member, Type returnType, IDiagnosticsLogger<DbLoggerCategory.Query> logger)
        => member.DeclaringType == typeof(string) && member.Name == nameof(string.Length) ? sql.Call("length", returnType, instance!) : null;

    public SqlExpression? Translate(
        SqlExpression? instance, MethodInfo method, IReadOnlyList<SqlExpression> arguments, IDiagnosticsLogger<DbLoggerCategory.Query> logger)
    {
        if (method.DeclaringType == typeof(string))
        {
            return instance is null
                ? method.Name == nameof(string.IsNullOrWhiteSpace) ? IsBlank(arguments[0]) : null
                : OfInstance(instance, method, arguments);
        }

        if (method.DeclaringType == typeof(char) && arguments.Count == 1)
        {
            return method.Name switch
            {
                nameof(char.ToLower) or nameof(char.ToLowerInvariant) => sql.Call("lower", typeof(char), arguments[0].TypeMapping, arguments[0]),
                nameof(char.ToUpper) or nameof(char.ToUpperInvariant) => sql.Call("upper", typeof(char), arguments[0].TypeMapping, arguments[0]),
                _ => null,
            };
        }

        return method.DeclaringType == typeof(Enumerable) && method.ReturnType == typeof(char) && arguments is [var text]
            ? method.Name switch
            {
                nameof(Enumerable.FirstOrDefault) => sql.Call("substr", typeof(char), text, sql.Constant(1), sql.Constant(1)),
                nameof(Enumerable.LastOrDefault) => sql.Call("substr", typeof(char), text, sql.Call("length", typeof(int), text), sql.Constant(1)),
                _ => null,
            }
            : null;
    }

    private SqlExpression? OfInstance(SqlExpression text, MethodInfo method, IReadOnlyList<SqlExpression> arguments)
    {
        var texts = method.GetParameters().All(p => p.ParameterType == typeof(string) || p.ParameterType == typeof(char));
        switch (method.Name)
        {
            case nameof(string.ToLower) or nameof(string.ToUpper) or nameof(string.ToLowerInvariant) or nameof(string.ToUpperInvariant)
                when arguments.Count == 0:
                var function = method.Name.StartsWith("ToLower", StringComparison.Ordinal) ? "lower" : "upper";
                return sql.Call(function, typeof(string), text.TypeMapping, text);

            case nameof(string.Contains) when texts && arguments.Count == 1:
                var (haystack, needle) = Mapped(text, arguments[0]);
                return sql.GreaterThan(sql.Call("instr", typeof(int), haystack, needle), sql.Constant(0));

            case nameof(string.IndexOf) when texts && arguments.Count == 1:
                return IndexOf(text, arguments[0]);

            case nameof(string.IndexOf) when arguments is [var part, { } start] && start.Type == typeof(int):
                return IndexOfFrom(text, part, start);

            case nameof(string.Replace) when texts && arguments.Count == 2:
                var (whole, old) = Mapped(text, arguments[0]);
                return sql.Call("replace", typeof(string), whole.TypeMapping, whole, old, Mapped(text, arguments[1]).Part);

            case nameof(string.Substring) when arguments is [var from]:
                return sql.Call("substr", typeof(string), text.TypeMapping, text, OneBased(from));

            case nameof(string.Substring) when arguments is [var from, var length]:
                return sql.Call("substr", typeof(string), text.TypeMapping, text, OneBased(from), length);

            case nameof(string.Trim):
                return Trim("trim", text, arguments);

            case nameof(string.TrimStart):
                return Trim("ltrim", text, arguments);

            case nameof(string.TrimEnd):
                return Trim("rtrim", text, arguments);

            case nameof(string.PadLeft) or nameof(string.PadRight) when arguments.Count is 1 or 2:
                return sql.Call(
                    method.Name == nameof(string.PadLeft) ? "ef_pad_left" : "ef_pad_right",
                    typeof(string),
                    text.TypeMapping,
                    text,
                    arguments[0],
                    arguments.Count == 2 ? arguments[1] : sql.Constant(" "));

            default:
                return null;
        }
    }

    private SqlExpression OneBased(SqlExpression index) => sql.Add(index, sql.Constant(1));

    private SqlExpression IndexOf(SqlExpression text, SqlExpression part)
    {
        var (haystack, needle) = Mapped(text, part);
        return sql.Subtract(sql.Call("instr", typeof(int), haystack, needle), sql.Constant(1));
    }

    // Searched in the rest; a hit is counted from the beginning, a miss stays −1.
    private SqlExpression IndexOfFrom(SqlExpression text, SqlExpression part, SqlExpression start)
    {
        var rest = IndexOf(sql.Call("substr", typeof(string), text.TypeMapping, text, OneBased(start)), part);
        return start is SqlConstantExpression { Value: 0 }
            ? rest
            : sql.Case([new CaseWhenClause(sql.Equal(rest, sql.Constant(-1)), sql.Constant(-1))], sql.Add(rest, start));
    }

    private SqlExpression IsBlank(SqlExpression text)
        => sql.OrElse(sql.IsNull(text), sql.Equal(sql.Call("trim", typeof(string), text.TypeMapping, text, sql.Constant(WhiteSpace)), sql.Constant("")));

    private SqlExpression? Trim(string function, SqlExpression text, IReadOnlyList<SqlExpression> arguments)
    {
        var characters = arguments switch
        {
            [] => WhiteSpace,
            [SqlConstantExpression { Value: char one }] => one.ToString(),
            [SqlConstantExpression { Value: char[] several }] => several.Length == 0 ? WhiteSpace : new string(several),
            _ => null,
        };
        return characters is null ? null : sql.Call(function, typeof(string), text.TypeMapping, text, sql.Constant(characters, text.TypeMapping));
    }

    // Without a second argument SQLite trims spaces only; .NET trims white space.
    private const string WhiteSpace = " \t\n\v\f\r\u0085\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";

    private (SqlExpression Text, SqlExpression Part) Mapped(SqlExpression text, SqlExpression part)
    {
        var mapping = text.TypeMapping ?? (part.Type == typeof(string) ? part.TypeMapping : null);
        return (
            mapping is null ? sql.ApplyDefaultTypeMapping(text) : sql.ApplyTypeMapping(text, mapping),
            part.Type == typeof(char) || mapping is null ? sql.ApplyDefaultTypeMapping(part) : sql.ApplyTypeMapping(part, mapping));
    }
}
