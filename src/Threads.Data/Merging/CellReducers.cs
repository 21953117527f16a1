using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Threads.Data.Events;
using Threads.Data.Sqlite;

namespace Threads.Data.Merging;

/// <summary>Makes a cell's new value of its value, of what an author saw there and of what he assigned.</summary>
internal delegate void CellReducer(MergeCell cell, in SqlValue seen, in SqlValue assigned);

/// <summary>The users' functions for cells, by name, in this process.</summary>
internal static class CellReducers
{
    private static readonly ConcurrentDictionary<string, CellReducer> ByName = new(StringComparer.Ordinal);

    public static CellReducer? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>Registers a function; one that fails on a value leaves what was assigned.</summary>
    public static void Register<T>(string name, Func<T, T, T, T> reducer) => ByName[name] = (MergeCell cell, in SqlValue seen, in SqlValue assigned) =>
    {
        try
        {
            Write(cell, reducer(Read<T>(cell.Value), Read<T>(seen), Read<T>(assigned)));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // It can't be told to anybody here, and what others hold must not depend on it.
            cell.Value = assigned;
        }
    };

    /// <summary>NULL is the default of T; what is no value of SQLite's is the column's text as JSON.</summary>
    private static T Read<T>(in SqlValue value)
    {
        var type = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
        if (value.IsNull)
        {
            return default!;
        }

        object plain = value.Type switch
        {
            SqliteNative.Integer => value.Integer,
            SqliteNative.Float => value.Real,
            SqliteNative.Text => Encoding.UTF8.GetString(value.Bytes),
            _ => value.Bytes.ToArray(),
        };
        return plain is T same ? same
            : IsConvertible(type) ? (T)Convert.ChangeType(plain, type, CultureInfo.InvariantCulture)
            : JsonSerializer.Deserialize<T>((string)plain)!;
    }

    private static void Write<T>(MergeCell cell, T value) => cell.Value = value switch
    {
        null => SqlValue.Null,
        string text => SqlValue.OfText(Encoding.UTF8.GetBytes(text)),
        byte[] blob => SqlValue.OfBlob(blob),
        double or float => SqlValue.Of(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
        decimal number => SqlValue.OfText(Encoding.ASCII.GetBytes(number.ToString("0.0###########################", CultureInfo.InvariantCulture))),
        _ when IsConvertible(typeof(T)) && value is not DateTime => SqlValue.Of(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        _ => SqlValue.OfText(JsonSerializer.SerializeToUtf8Bytes(value)),
    };

    private static bool IsConvertible(Type type) => type.IsPrimitive || type == typeof(decimal) || type == typeof(string);
}
