using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>An entity's key between its forms: columns of a row, the one value of our own tables, and the CBOR of that value.</summary>
internal static class RowKey
{
    /// <summary>The CBOR of the entity's key whose columns begin at <paramref name="first"/>.</summary>
    public static byte[] Read(SqliteStatement row, int first, int keyCount)
    {
        using var writer = new CborWriter(128);
        if (keyCount == 1)
        {
            SqlValue.Column(row, first).AsKey().Write(writer);
            return writer.ToArray();
        }

        writer.StartArray(keyCount);
        for (var i = 0; i < keyCount; i++)
        {
            SqlValue.Column(row, first + i).AsKey().Write(writer);
        }

        using var outer = new CborWriter(128);
        outer.WriteBytes(writer.WrittenSpan);
        return outer.ToArray();
    }

    /// <summary>The CBOR of a column that holds the one value.</summary>
    public static byte[] ReadOne(SqliteStatement row, int column) => Read(row, column, 1);

    public static byte[] Of(in SqlValue key)
    {
        using var writer = new CborWriter(128);
        key.Write(writer);
        return writer.ToArray();
    }

    /// <summary>
    /// Whether the table's columns store a key as it is. Where they would make another one of it, an integer of a text that is one, a row under that key is somebody else's: a comparison by
    /// the key finds it, and it must not be touched.
    /// </summary>
    public static bool Stands(TableSchema table, byte[] key)
    {
        var reader = new CborReader(key);
        if (table.KeyCount == 1)
        {
            return Stands(table, reader);
        }

        var parts = new CborReader(reader.ReadBytes());
        parts.ReadArray();
        return Stands(table, parts);
    }

    /// <inheritdoc cref="Stands(TableSchema, byte[])" />
    /// <param name="table">The table.</param>
    /// <param name="values">Those of the key are next.</param>
    public static bool Stands(TableSchema table, CborReader values)
    {
        for (var i = 0; i < table.KeyCount; i++)
        {
            var value = SqlValue.Read(ref values).AsKey();
            if (table.Columns[i].Affinity is var affinity && affinity.MayChange(value.Type) && Changes(affinity, value))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Changes(ColumnAffinity affinity, in SqlValue value) => value.Type switch
    {
        SqliteNative.Text => IsNumber(value.Bytes.Trim(" \t\n\v\f\r"u8)),
        SqliteNative.Integer => affinity == ColumnAffinity.Text || (Int128)(double)value.Integer != value.Integer,

        // As a key it is no whole number, so that it stays what it is in a column of numbers.
        _ => affinity == ColumnAffinity.Text,
    };

    /// <summary>A well-formed literal of an integer or a REAL, which a column of numbers stores as that (SQLite, "Datatypes", 3).</summary>
    private static bool IsNumber(ReadOnlySpan<byte> text)
    {
        var mantissa = text[(text.IndexOfAny("+-"u8) == 0 ? 1 : 0)..];
        var exponentAt = mantissa.IndexOfAny("eE"u8);
        if (exponentAt >= 0)
        {
            var exponent = mantissa[(exponentAt + 1)..];
            exponent = exponent[(exponent.IndexOfAny("+-"u8) == 0 ? 1 : 0)..];
            if (exponent.IsEmpty || exponent.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            {
                return false;
            }

            mantissa = mantissa[..exponentAt];
        }

        var point = mantissa.IndexOf((byte)'.');
        var whole = point < 0 ? mantissa : mantissa[..point];
        var fraction = point < 0 ? [] : mantissa[(point + 1)..];
        return whole.Length + fraction.Length > 0 && !whole.ContainsAnyExceptInRange((byte)'0', (byte)'9') && !fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }

    /// <summary>Binds the key's columns, from parameter 1 on.</summary>
    public static void Bind(SqliteStatement statement, TableSchema table, byte[] key)
    {
        var reader = new CborReader(key);
        var value = SqlValue.Read(ref reader);
        if (table.KeyCount == 1)
        {
            value.Bind(statement, 1, pinned: false);
            return;
        }

        var parts = new CborReader(value.Bytes);
        parts.ReadArray();
        for (var i = 1; i <= table.KeyCount; i++)
        {
            SqlValue.Read(ref parts).Bind(statement, i, pinned: false);
        }
    }

    /// <summary>Binds the one value.</summary>
    public static void BindOne(SqliteStatement statement, int parameter, byte[] key)
    {
        var reader = new CborReader(key);
        SqlValue.Read(ref reader).Bind(statement, parameter, pinned: false);
    }

    /// <summary>JSON that a person can read: a value, or an array of them for several columns.</summary>
    public static string Label(TableSchema table, byte[] key)
    {
        var reader = new CborReader(key);
        var value = SqlValue.Read(ref reader);
        return table.KeyCount == 1 ? Label(value) : Label(value.Bytes);
    }

    /// <summary>JSON of a CBOR array of values.</summary>
    public static string Label(ReadOnlySpan<byte> array)
    {
        var reader = new CborReader(array);
        var parts = new string[reader.ReadArray()];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = Label(SqlValue.Read(ref reader));
        }

        return $"[{string.Join(",", parts)}]";
    }

    private static string Label(in SqlValue value) => value.Type switch
    {
        SqliteNative.Integer => value.Integer.ToString(System.Globalization.CultureInfo.InvariantCulture),
        SqliteNative.Float when double.IsFinite(value.Real) => value.Real.ToString("R", System.Globalization.CultureInfo.InvariantCulture),
        SqliteNative.Text => $"\"{System.Text.Json.JsonEncodedText.Encode(System.Text.Encoding.UTF8.GetString(value.Bytes), System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"",
        SqliteNative.Blob => $"{{\"hex\":\"{Convert.ToHexStringLower(value.Bytes)}\"}}",
        SqliteNative.Float => value.Real > 0 ? "\"Infinity\"" : "\"-Infinity\"",
        _ => "null",
    };
}
