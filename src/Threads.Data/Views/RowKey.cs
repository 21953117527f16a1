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
