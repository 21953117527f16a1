using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using Threads.Data.Resources;

namespace Threads.Data;

/// <summary>CLR values → SQLite storage, in the forms Microsoft.Data.Sqlite writes, so that either reads what the other wrote.</summary>
internal static class ParameterBinder
{
    private const int StackLimit = 256;

    public static int Bind(sqlite3_stmt statement, int index, object value, int size, SqliteType? type) => value switch
    {
        string text => BindText(statement, index, text, size),
        int number => raw.sqlite3_bind_int64(statement, index, number),
        long number => raw.sqlite3_bind_int64(statement, index, number),
        DBNull => raw.sqlite3_bind_null(statement, index),
        bool flag => raw.sqlite3_bind_int64(statement, index, flag ? 1 : 0),
        double number => BindDouble(statement, index, number),
        byte[] bytes => BindBlob(statement, index, bytes, size),
        Guid guid when type == SqliteType.Blob => BindBlob(statement, index, guid.ToByteArray(), size),
        Guid guid => BindText(statement, index, guid.ToString().ToUpperInvariant(), size),
        DateTime date when type == SqliteType.Real => BindDouble(statement, index, JulianDay.FromDateTime(date)),
        DateTime date => BindText(statement, index, date.ToString(@"yyyy\-MM\-dd HH\:mm\:ss.FFFFFFF", CultureInfo.InvariantCulture), size),
        decimal number => BindText(statement, index, number.ToString("0.0###########################", CultureInfo.InvariantCulture), size),
        DateTimeOffset date when type == SqliteType.Real => BindDouble(statement, index, JulianDay.FromDateTime(date.UtcDateTime)),
        DateTimeOffset date => BindText(statement, index, date.ToString(@"yyyy\-MM\-dd HH\:mm\:ss.FFFFFFFzzz", CultureInfo.InvariantCulture), size),
        DateOnly date when type == SqliteType.Real => BindDouble(statement, index, JulianDay.FromDateTime(date.ToDateTime(TimeOnly.MinValue))),
        DateOnly date => BindText(statement, index, date.ToString(@"yyyy\-MM\-dd", CultureInfo.InvariantCulture), size),
        TimeOnly time when type == SqliteType.Real => BindDouble(statement, index, JulianDay.FromTime(time)),
        TimeOnly time => BindText(statement, index, time.ToString(HasFraction(time) ? "HH:mm:ss.fffffff" : "HH:mm:ss", CultureInfo.InvariantCulture), size),
        TimeSpan time when type == SqliteType.Real => BindDouble(statement, index, time.TotalDays),
        TimeSpan time => BindText(statement, index, time.ToString("c", CultureInfo.InvariantCulture), size),
        char c when type == SqliteType.Integer => raw.sqlite3_bind_int64(statement, index, c),
        char c => BindText(statement, index, c.ToString(), size),
        float number => BindDouble(statement, index, number),
        byte number => raw.sqlite3_bind_int64(statement, index, number),
        short number => raw.sqlite3_bind_int64(statement, index, number),
        uint number => raw.sqlite3_bind_int64(statement, index, number),
        ulong number => raw.sqlite3_bind_int64(statement, index, unchecked((long)number)),
        ushort number => raw.sqlite3_bind_int64(statement, index, number),
        sbyte number => raw.sqlite3_bind_int64(statement, index, number),
        ReadOnlyMemory<byte> bytes => BindBlob(statement, index, bytes.Span, size),
        Memory<byte> bytes => BindBlob(statement, index, bytes.Span, size),
        Enum => BindEnum(statement, index, value),
        _ => throw new InvalidOperationException(Strings.Ado_TypeNotSupported(value.GetType())),
    };

    /// <summary>The storage class a value gets when nobody asked for another.</summary>
    public static SqliteType TypeOf(object? value) => value switch
    {
        null or DBNull or string or char or Guid or DateTime or DateTimeOffset or DateOnly or TimeOnly or TimeSpan or decimal => SqliteType.Text,
        bool or byte or sbyte or short or ushort or int or uint or long or ulong or Enum => SqliteType.Integer,
        double or float => SqliteType.Real,
        byte[] or ReadOnlyMemory<byte> or Memory<byte> => SqliteType.Blob,
        _ => throw new InvalidOperationException(Strings.Ado_TypeNotSupported(value.GetType())),
    };

    private static int BindEnum(sqlite3_stmt statement, int index, object value) =>
        raw.sqlite3_bind_int64(statement, index, Enum.GetUnderlyingType(value.GetType()) == typeof(ulong)
            ? unchecked((long)Convert.ToUInt64(value, CultureInfo.InvariantCulture))
            : Convert.ToInt64(value, CultureInfo.InvariantCulture));

    private static int BindDouble(sqlite3_stmt statement, int index, double value) =>
        double.IsNaN(value) ? throw new InvalidOperationException(Strings.Ado_NaNNotSupported) : raw.sqlite3_bind_double(statement, index, value);

    private static int BindText(sqlite3_stmt statement, int index, ReadOnlySpan<char> text, int size)
    {
        if (size >= 0 && text.Length > size) text = text[..size];
        // A null pointer would bind NULL, and that is what an empty span has.
        if (text.IsEmpty) return raw.sqlite3_bind_text(statement, index, "");
        if (text.Length > StackLimit)
        {
            var bytes = new byte[Encoding.UTF8.GetByteCount(text)];
            Encoding.UTF8.GetBytes(text, bytes);
            return raw.sqlite3_bind_text(statement, index, bytes);
        }
        Span<byte> buffer = stackalloc byte[StackLimit * 3];
        return raw.sqlite3_bind_text(statement, index, buffer[..Encoding.UTF8.GetBytes(text, buffer)]);
    }

    private static int BindBlob(sqlite3_stmt statement, int index, ReadOnlySpan<byte> bytes, int size)
    {
        if (size >= 0 && bytes.Length > size) bytes = bytes[..size];
        return bytes.IsEmpty ? raw.sqlite3_bind_zeroblob(statement, index, 0) : raw.sqlite3_bind_blob(statement, index, bytes);
    }

    private static bool HasFraction(TimeOnly time) => time.Ticks % TimeSpan.TicksPerSecond != 0;
}
