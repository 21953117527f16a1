using System.Reflection;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace Microsoft.EntityFrameworkCore.Threads.Query.Translators;

/// <summary>
/// <see cref="Math"/>, <see cref="MathF"/> and their decimal forms. What SQLite's build lacks is registered on the connection under the name
/// newer builds give it.
/// </summary>
internal sealed class MathTranslator(ISqlExpressionFactory sql) : IMethodCallTranslator
{
    private static readonly Dictionary<string, string> Floating = new(StringComparer.Ordinal)
    {
        [nameof(Math.Abs)] = "abs", [nameof(Math.Acos)] = "acos", [nameof(Math.Acosh)] = "acosh", [nameof(Math.Asin)] = "asin",
        [nameof(Math.Asinh)] = "asinh", [nameof(Math.Atan)] = "atan", [nameof(Math.Atan2)] = "atan2", [nameof(Math.Atanh)] = "atanh",
        [nameof(Math.Ceiling)] = "ceiling", [nameof(Math.Cos)] = "cos", [nameof(Math.Cosh)] = "cosh", [nameof(Math.Exp)] = "exp",
        [nameof(Math.Floor)] = "floor", [nameof(Math.Log)] = "ln", [nameof(Math.Log2)] = "log2", [nameof(Math.Log10)] = "log10",
        [nameof(Math.Pow)] = "pow", [nameof(Math.Round)] = "round", [nameof(Math.Sign)] = "sign", [nameof(Math.Sin)] = "sin",
        [nameof(Math.Sinh)] = "sinh", [nameof(Math.Sqrt)] = "sqrt", [nameof(Math.Tan)] = "tan", [nameof(Math.Tanh)] = "tanh",
        [nameof(Math.Truncate)] = "trunc", [nameof(double.DegreesToRadians)] = "radians", [nameof(double.RadiansToDegrees)] = "degrees",
    };

    private static readonly Dictionary<string, string> Decimal = new(StringComparer.Ordinal)
    {
        [nameof(Math.Abs)] = "ef_decimal_abs", [nameof(Math.Ceiling)] = "ef_decimal_ceiling", [nameof(Math.Floor)] = "ef_decimal_floor",
        [nameof(Math.Round)] = "ef_decimal_round", [nameof(Math.Truncate)] = "ef_decimal_truncate", [nameof(Math.Sign)] = "ef_decimal_sign",
    };

    public SqlExpression? Translate(
        SqlExpression? instance, MethodInfo method, IReadOnlyList<SqlExpression> arguments, IDiagnosticsLogger<DbLoggerCategory.Query> logger)
    {
        var owner = method.DeclaringType;
        if (instance is not null
            || arguments.Count is 0 or > 2
            || !(owner == typeof(Math) || owner == typeof(MathF) || owner == typeof(double) || owner == typeof(float) || owner == typeof(decimal)))
        {
            return null;
        }

        var parameters = method.GetParameters();
        var type = parameters[0].ParameterType;

        // Greatest and least are the base class's; of two arguments only these forms have a counterpart in SQL.
        if (parameters.Length == 2
            && !(method.Name is nameof(Math.Round) && parameters[1].ParameterType == typeof(int))
            && !(method.Name is nameof(Math.Pow) or nameof(Math.Atan2) or nameof(Math.Log)))
        {
            return null;
        }

        if (!(type == typeof(decimal) ? Decimal : Floating).TryGetValue(method.Name, out var function))
        {
            return null;
        }

        if (method.Name == nameof(Math.Round) && parameters.Length == 2)
        {
            return sql.Call(function, method.ReturnType, arguments[0].TypeMapping, arguments[0], arguments[1]);
        }

        var mapping = arguments.Select(a => a.TypeMapping).FirstOrDefault(m => m is not null);
        var typed = arguments.Select(a => mapping is null ? sql.ApplyDefaultTypeMapping(a) : sql.ApplyTypeMapping(a, mapping)).ToArray();
        var resultMapping = method.ReturnType == type ? mapping : null;
        return method.Name == nameof(Math.Log) && parameters.Length == 2
            ? sql.CallOpaque("log", method.ReturnType, resultMapping, typed[1], typed[0])
            : sql.Call(function, method.ReturnType, resultMapping, typed);
    }
}
