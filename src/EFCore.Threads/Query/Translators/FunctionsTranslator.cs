using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace Microsoft.EntityFrameworkCore.Threads.Query.Translators;

/// <summary><c>EF.Functions</c> of this provider, <see cref="Regex.IsMatch(string, string)"/>, <c>Random</c>, and what bytes and Guids can do.</summary>
internal sealed class FunctionsTranslator(ISqlExpressionFactory sql) : IMethodCallTranslator
{
    public SqlExpression? Translate(
        SqlExpression? instance, MethodInfo method, IReadOnlyList<SqlExpression> arguments, IDiagnosticsLogger<DbLoggerCategory.Query> logger)
    {
        var owner = method.DeclaringType;
        if (owner == typeof(ThreadsDbFunctionsExtensions))
        {
            return method.Name switch
            {
                nameof(ThreadsDbFunctionsExtensions.Glob) => sql.Call("glob", typeof(bool), arguments[2], arguments[1]),
                nameof(ThreadsDbFunctionsExtensions.Hex) => sql.Call("hex", typeof(string), arguments[1]),
                nameof(ThreadsDbFunctionsExtensions.Unhex) => sql.CallOpaque("unhex", typeof(byte[]), null, [.. arguments.Skip(1)]),
                nameof(ThreadsDbFunctionsExtensions.Substr) => sql.Call("substr", typeof(byte[]), arguments[1].TypeMapping, [.. arguments.Skip(1)]),
                nameof(ThreadsDbFunctionsExtensions.JsonValue) => sql.CallOpaque("json_extract", method.ReturnType, null, arguments[1], arguments[2]),
                nameof(ThreadsDbFunctionsExtensions.JsonType) => sql.CallOpaque("json_type", typeof(string), null, arguments[1], arguments[2]),
                nameof(ThreadsDbFunctionsExtensions.JsonContains) => sql.Call(
                    "ef_json_contains", typeof(bool), sql.CallOpaque("json_extract", typeof(string), null, arguments[1], arguments[2]), sql.ApplyDefaultTypeMapping(arguments[3])),
                _ => null,
            };
        }

        if (owner == typeof(DbFunctionsExtensions) && method.Name == nameof(DbFunctionsExtensions.Random))
        {
            // random() is any 64-bit integer; its lower 53 bits, as a fraction, are what NextDouble gives.
            return sql.Divide(
                sql.Convert(
                    sql.MakeBinary(
                        System.Linq.Expressions.ExpressionType.And,
                        sql.Function("random", [], false, [], typeof(long)),
                        sql.Constant((1L << 53) - 1),
                        null)!,
                    typeof(double)),
                sql.Constant((double)(1L << 53)));
        }

        if (owner == typeof(Regex) && method.Name == nameof(Regex.IsMatch) && arguments.Count == 2 && instance is null)
        {
            return sql.Call("regexp", typeof(bool), arguments[1], arguments[0]);
        }

        if (owner == typeof(Enumerable) && arguments.Count > 0 && arguments[0].Type == typeof(byte[]))
        {
            return Bytes(method, arguments);
        }

        return owner == typeof(Guid) && method.Name == "NewGuid"
            ? sql.Function("ef_new_guid", [], false, [], typeof(Guid))
            : null;
    }

    private SqlExpression? Bytes(MethodInfo method, IReadOnlyList<SqlExpression> arguments)
        => method.Name switch
        {
            nameof(Enumerable.Contains) when arguments is [var source, SqlConstantExpression { Value: byte constant }]
                => sql.GreaterThan(sql.Call("instr", typeof(int), source, sql.Constant(new[] { constant }, source.TypeMapping)), sql.Constant(0)),
            nameof(Enumerable.Contains) when arguments is [var source, var value]
                => sql.Call("ef_byte_contains", typeof(bool), source, value),
            nameof(Enumerable.ElementAt) when arguments is [var source, var index]
                => sql.CallOpaque("ef_byte_at", typeof(byte), null, source, sql.ApplyDefaultTypeMapping(index)),
            nameof(Enumerable.First) when arguments is [var source] => sql.CallOpaque("ef_byte_at", typeof(byte), null, source, sql.Constant(0)),
            _ => null,
        };
}
