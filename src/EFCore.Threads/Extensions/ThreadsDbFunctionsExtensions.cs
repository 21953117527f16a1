using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Microsoft.EntityFrameworkCore;

/// <summary>SQL functions for LINQ: <c>EF.Functions.Glob(…)</c>. They run in the database only; called elsewhere they throw.</summary>
public static class ThreadsDbFunctionsExtensions
{
    /// <summary>SQL GLOB: <c>*</c>, <c>?</c> and <c>[…]</c>, case-sensitive.</summary>
    public static bool Glob(this DbFunctions functions, string? matchExpression, string? pattern) => throw OnlyInQueries(nameof(Glob));

    /// <summary>SQL hex(): bytes as upper-case hexadecimal digits.</summary>
    public static string Hex(this DbFunctions functions, byte[] bytes) => throw OnlyInQueries(nameof(Hex));

    /// <summary>SQL unhex(): bytes from hexadecimal digits; null when they are not that.</summary>
    public static byte[]? Unhex(this DbFunctions functions, string value) => throw OnlyInQueries(nameof(Unhex));

    /// <summary>SQL unhex(): bytes from hexadecimal digits with the characters of <paramref name="ignoreChars"/> between pairs of them.</summary>
    public static byte[]? Unhex(this DbFunctions functions, string value, string ignoreChars) => throw OnlyInQueries(nameof(Unhex));

    /// <summary>SQL substr() of bytes from the position <paramref name="startIndex"/>, the first being 1, to the end.</summary>
    public static byte[]? Substr(this DbFunctions functions, byte[]? bytes, int startIndex) => throw OnlyInQueries(nameof(Substr));

    /// <summary>SQL substr() of bytes: <paramref name="length"/> of them from the position <paramref name="startIndex"/>, the first being 1.</summary>
    public static byte[]? Substr(this DbFunctions functions, byte[]? bytes, int startIndex, int length) => throw OnlyInQueries(nameof(Substr));

    /// <summary>
    /// SQL json_extract(): what stands at a path of a JSON text, such as <c>$.address.city</c> or <c>$.tags[0]</c>; null where nothing or null does. An object or an
    /// array is JSON text. With a path written out, an index over it is used.
    /// </summary>
    /// <exception cref="InvalidOperationException">Called outside a query. In one, a text that is no JSON is SQLite's error.</exception>
    public static T JsonValue<T>(this DbFunctions functions, string? json, string path) => throw OnlyInQueries(nameof(JsonValue));

    /// <summary>SQL json_type(): object, array, integer, real, true, false, text or null; null where nothing stands at the path.</summary>
    public static string? JsonType(this DbFunctions functions, string? json, string path) => throw OnlyInQueries(nameof(JsonType));

    /// <summary>Whether the array at a path of a JSON text has an item that is the value.</summary>
    public static bool JsonContains<T>(this DbFunctions functions, string? json, string path, T value) => throw OnlyInQueries(nameof(JsonContains));

    private static InvalidOperationException OnlyInQueries(string method) => new(CoreStrings.FunctionOnClient(method));
}
