using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using SQLitePCL;
using Threads.Data.Resources;

namespace Threads.Data;

/// <content>The values of the current row. SQLite converts between storage classes; types it has not are read in the forms ParameterBinder writes.</content>
public sealed partial class ThreadsDataReader
{
    private sqlite3_stmt Row => _row ?? throw NoRow(nameof(GetValue));

    /// <inheritdoc/>
    public override object this[int ordinal] => GetValue(ordinal);

    /// <inheritdoc/>
    public override object this[string name] => GetValue(GetOrdinal(name));

    /// <inheritdoc/>
    public override bool IsDBNull(int ordinal) => TypeOf(Row, ordinal) == raw.SQLITE_NULL;

    /// <inheritdoc/>
    public override long GetInt64(int ordinal)
    {
        var row = Row;
        var value = raw.sqlite3_column_int64(row, ordinal);
        // NULL reads as zero, so only then its type matters.
        if (value == 0) ThrowIfNull(row, ordinal);
        return value;
    }

    /// <inheritdoc/>
    public override double GetDouble(int ordinal)
    {
        var row = Row;
        var value = raw.sqlite3_column_double(row, ordinal);
        if (value == 0) ThrowIfNull(row, ordinal);
        return value;
    }

    /// <inheritdoc/>
    public override string GetString(int ordinal)
    {
        var row = Row;
        if (TryGetText(row, ordinal, out var value)) return value;
        ThrowIfNull(row, ordinal);
        return "";
    }

    /// <inheritdoc/>
    public override bool GetBoolean(int ordinal) => GetInt64(ordinal) != 0;

    /// <inheritdoc/>
    public override byte GetByte(int ordinal) => checked((byte)GetInt64(ordinal));

    /// <inheritdoc/>
    public override short GetInt16(int ordinal) => checked((short)GetInt64(ordinal));

    /// <inheritdoc/>
    public override int GetInt32(int ordinal) => checked((int)GetInt64(ordinal));

    /// <inheritdoc/>
    public override float GetFloat(int ordinal) => (float)GetDouble(ordinal);

    /// <inheritdoc/>
    public override char GetChar(int ordinal) =>
        TypeOf(Row, ordinal) == raw.SQLITE_TEXT && GetString(ordinal) is [var only] ? only : checked((char)GetInt64(ordinal));

    /// <inheritdoc/>
    public override decimal GetDecimal(int ordinal) =>
        decimal.Parse(GetString(ordinal), NumberStyles.Number | NumberStyles.AllowExponent, CultureInfo.InvariantCulture);

    /// <summary>TEXT in ISO 8601, or a Julian day. A time written with an offset is given in UTC, so that it doesn't depend on this machine's time zone.</summary>
    /// <inheritdoc/>
    public override DateTime GetDateTime(int ordinal)
    {
        if (IsNumber(ordinal)) return JulianDay.ToDateTime(GetDouble(ordinal));
        var value = DateTime.Parse(GetString(ordinal), CultureInfo.InvariantCulture);
        return value.Kind == DateTimeKind.Local ? value.ToUniversalTime() : value;
    }

    /// <summary>TEXT in ISO 8601, taken as UTC when it has no offset, or a Julian day in UTC.</summary>
    /// <param name="ordinal">The column, from 0.</param>
    public DateTimeOffset GetDateTimeOffset(int ordinal) => IsNumber(ordinal)
        ? new DateTimeOffset(JulianDay.ToDateTime(GetDouble(ordinal)), TimeSpan.Zero)
        : DateTimeOffset.Parse(GetString(ordinal), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    /// <summary>TEXT in ISO 8601, or a Julian day.</summary>
    /// <param name="ordinal">The column, from 0.</param>
    public DateOnly GetDateOnly(int ordinal) => IsNumber(ordinal)
        ? DateOnly.FromDateTime(JulianDay.ToDateTime(GetDouble(ordinal)))
        : DateOnly.Parse(GetString(ordinal), CultureInfo.InvariantCulture);

    /// <summary>TEXT as HH:mm:ss, or the fraction of a day.</summary>
    /// <param name="ordinal">The column, from 0.</param>
    public TimeOnly GetTimeOnly(int ordinal) => IsNumber(ordinal)
        ? TimeOnly.FromTimeSpan(TimeSpan.FromDays(GetDouble(ordinal)))
        : TimeOnly.Parse(GetString(ordinal), CultureInfo.InvariantCulture);

    /// <summary>TEXT as [d.]hh:mm:ss, or days.</summary>
    /// <param name="ordinal">The column, from 0.</param>
    public TimeSpan GetTimeSpan(int ordinal) => IsNumber(ordinal)
        ? TimeSpan.FromDays(GetDouble(ordinal))
        : TimeSpan.Parse(GetString(ordinal), CultureInfo.InvariantCulture);

    /// <summary>TEXT, or sixteen bytes.</summary>
    /// <inheritdoc/>
    public override Guid GetGuid(int ordinal)
    {
        if (TypeOf(Row, ordinal) != raw.SQLITE_BLOB) return Guid.Parse(GetString(ordinal));
        var bytes = raw.sqlite3_column_blob(Row, ordinal);
        return bytes.Length == 16 ? new Guid(bytes) : Guid.Parse(Encoding.UTF8.GetString(bytes));
    }

    /// <inheritdoc/>
    public override object GetValue(int ordinal)
    {
        var row = Row;
        return TypeOf(row, ordinal) switch
        {
            raw.SQLITE_INTEGER => raw.sqlite3_column_int64(row, ordinal),
            raw.SQLITE_FLOAT => raw.sqlite3_column_double(row, ordinal),
            raw.SQLITE_TEXT => GetString(ordinal),
            raw.SQLITE_BLOB => raw.sqlite3_column_blob(row, ordinal).ToArray(),
            _ => DBNull.Value,
        };
    }

    /// <inheritdoc/>
    public override int GetValues(object[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var count = Math.Min(values.Length, FieldCount);
        for (var i = 0; i < count; i++) values[i] = GetValue(i);
        return count;
    }

    /// <summary>The value as a type of .NET's; a nullable or reference type is null for NULL, an enum is read from its number.</summary>
    /// <inheritdoc/>
    public override T GetFieldValue<T>(int ordinal)
    {
        // Value types first: the compiler keeps only the one line that fits each of them.
        if (typeof(T) == typeof(int)) return (T)(object)GetInt32(ordinal);
        if (typeof(T) == typeof(long)) return (T)(object)GetInt64(ordinal);
        if (typeof(T) == typeof(bool)) return (T)(object)GetBoolean(ordinal);
        if (typeof(T) == typeof(double)) return (T)(object)GetDouble(ordinal);
        if (typeof(T) == typeof(Guid)) return (T)(object)GetGuid(ordinal);
        if (typeof(T) == typeof(DateTime)) return (T)(object)GetDateTime(ordinal);
        if (typeof(T) == typeof(DateTimeOffset)) return (T)(object)GetDateTimeOffset(ordinal);
        if (typeof(T) == typeof(DateOnly)) return (T)(object)GetDateOnly(ordinal);
        if (typeof(T) == typeof(TimeOnly)) return (T)(object)GetTimeOnly(ordinal);
        if (typeof(T) == typeof(TimeSpan)) return (T)(object)GetTimeSpan(ordinal);
        if (typeof(T) == typeof(decimal)) return (T)(object)GetDecimal(ordinal);
        if (typeof(T) == typeof(float)) return (T)(object)GetFloat(ordinal);
        if (typeof(T) == typeof(byte)) return (T)(object)GetByte(ordinal);
        if (typeof(T) == typeof(short)) return (T)(object)GetInt16(ordinal);
        if (typeof(T) == typeof(char)) return (T)(object)GetChar(ordinal);
        if (typeof(T) == typeof(sbyte)) return (T)(object)checked((sbyte)GetInt64(ordinal));
        if (typeof(T) == typeof(ushort)) return (T)(object)checked((ushort)GetInt64(ordinal));
        if (typeof(T) == typeof(uint)) return (T)(object)checked((uint)GetInt64(ordinal));
        if (typeof(T) == typeof(ulong)) return (T)(object)unchecked((ulong)GetInt64(ordinal));
        if (typeof(T) == typeof(Stream)) return (T)(object)GetStream(ordinal);
        if (typeof(T) == typeof(TextReader)) return (T)(object)GetTextReader(ordinal);
        if (IsDBNull(ordinal)) return NullAs<T>(ordinal);
        if (typeof(T) == typeof(string)) return (T)(object)GetString(ordinal);
        if (typeof(T) == typeof(byte[])) return (T)(object)GetBlob(ordinal);
        var type = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
        return type.IsEnum ? (T)GetEnum(type, ordinal) : (T)GetAs(type, ordinal);
    }

    private object GetEnum(Type type, int ordinal)
    {
        var number = GetInt64(ordinal);
        return Enum.GetUnderlyingType(type) == typeof(ulong)
            ? Enum.ToObject(type, unchecked((ulong)number))
            : Enum.ToObject(type, Convert.ChangeType(number, Enum.GetUnderlyingType(type), CultureInfo.InvariantCulture));
    }

    private object GetAs(Type type, int ordinal) => Type.GetTypeCode(type) switch
    {
        TypeCode.Int32 => GetInt32(ordinal),
        TypeCode.Int64 => GetInt64(ordinal),
        TypeCode.Boolean => GetBoolean(ordinal),
        TypeCode.Double => GetDouble(ordinal),
        TypeCode.DateTime => GetDateTime(ordinal),
        TypeCode.Decimal => GetDecimal(ordinal),
        TypeCode.Single => GetFloat(ordinal),
        TypeCode.Byte => GetByte(ordinal),
        TypeCode.Int16 => GetInt16(ordinal),
        TypeCode.Char => GetChar(ordinal),
        TypeCode.SByte => checked((sbyte)GetInt64(ordinal)),
        TypeCode.UInt16 => checked((ushort)GetInt64(ordinal)),
        TypeCode.UInt32 => checked((uint)GetInt64(ordinal)),
        TypeCode.UInt64 => unchecked((ulong)GetInt64(ordinal)),
        _ when type == typeof(Guid) => GetGuid(ordinal),
        _ when type == typeof(DateTimeOffset) => GetDateTimeOffset(ordinal),
        _ when type == typeof(DateOnly) => GetDateOnly(ordinal),
        _ when type == typeof(TimeOnly) => GetTimeOnly(ordinal),
        _ when type == typeof(TimeSpan) => GetTimeSpan(ordinal),
        _ => GetValue(ordinal),
    };

    private static T NullAs<T>(int ordinal)
    {
        if (typeof(T) == typeof(DBNull) || typeof(T) == typeof(object)) return (T)(object)DBNull.Value;
        if (default(T) is null && Nullable.GetUnderlyingType(typeof(T)) is not null) return default!;
        throw new InvalidOperationException(Strings.Ado_NullValue(ordinal));
    }

    private byte[] GetBlob(int ordinal)
    {
        var row = Row;
        ThrowIfNull(row, ordinal);
        return raw.sqlite3_column_blob(row, ordinal).ToArray();
    }

    private bool IsNumber(int ordinal) => TypeOf(Row, ordinal) is raw.SQLITE_INTEGER or raw.SQLITE_FLOAT;

    /// <summary>By its length, not to the first NUL, which SQLite keeps inside a text.</summary>
    private static unsafe bool TryGetText(sqlite3_stmt row, int ordinal, [NotNullWhen(true)] out string? value)
    {
        fixed (byte* text = raw.sqlite3_column_text(row, ordinal))
        {
            value = text == null ? null : Encoding.UTF8.GetString(text, raw.sqlite3_column_bytes(row, ordinal));
            return value is not null;
        }
    }

    private int TypeOf(sqlite3_stmt row, int ordinal)
    {
        var type = raw.sqlite3_column_type(row, ordinal);
        // SQLite calls a column that isn't there NULL.
        if (type == raw.SQLITE_NULL) ThrowIfNoColumn(ordinal);
        return type;
    }

    private void ThrowIfNull(sqlite3_stmt row, int ordinal)
    {
        if (TypeOf(row, ordinal) == raw.SQLITE_NULL) throw new InvalidOperationException(Strings.Ado_NullValue(ordinal));
    }

    private void ThrowIfNoColumn(int ordinal)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(ordinal);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(ordinal, _fieldCount);
    }

    private InvalidOperationException NoRow(string method) => _isClosed ? Closed(method) : new InvalidOperationException(Strings.Ado_NoRow);
}
