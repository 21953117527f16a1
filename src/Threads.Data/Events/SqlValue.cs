using System.Text.Unicode;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Events;

/// <summary>
/// One SQLite value on its way between a column, a payload and a parameter; text and blobs point into the source. What IPLD cannot hold travels as a map of one
/// member: {"f": "Infinity"} and {"f": "-Infinity"} for floats, {"t": bytes} for text that is not UTF-8 (FINDINGS 1b).
/// </summary>
internal readonly ref struct SqlValue
{
    private SqlValue(int type, long integer, double real, ReadOnlySpan<byte> bytes)
    {
        Type = type;
        Integer = integer;
        Real = real;
        Bytes = bytes;
    }

    /// <summary>SQLITE_INTEGER, SQLITE_FLOAT, SQLITE_TEXT, SQLITE_BLOB or SQLITE_NULL.</summary>
    public int Type { get; }

    public long Integer { get; }

    public double Real { get; }

    public ReadOnlySpan<byte> Bytes { get; }

    public bool IsNull => Type == SqliteNative.Null;

    public static SqlValue Null => new(SqliteNative.Null, 0, 0, default);

    public static SqlValue Of(long value) => new(SqliteNative.Integer, value, 0, default);

    public static SqlValue Of(double value) => new(SqliteNative.Float, 0, value, default);

    public static SqlValue OfText(ReadOnlySpan<byte> utf8) => new(SqliteNative.Text, 0, 0, utf8);

    public static SqlValue OfBlob(ReadOnlySpan<byte> value) => new(SqliteNative.Blob, 0, 0, value);

    public static SqlValue Column(SqliteStatement row, int column) => OfNative(row.Value(column));

    /// <summary>A value that SQLite hands over.</summary>
    public static unsafe SqlValue OfNative(nint value) => SqliteNative.ValueType(value) switch
    {
        SqliteNative.Integer => new(SqliteNative.Integer, SqliteNative.ValueInt64(value), 0, default),
        SqliteNative.Float => new(SqliteNative.Float, 0, SqliteNative.ValueDouble(value), default),
        SqliteNative.Text => new(SqliteNative.Text, 0, 0, new ReadOnlySpan<byte>(SqliteNative.ValueText(value), SqliteNative.ValueBytes(value))),
        SqliteNative.Blob => new(SqliteNative.Blob, 0, 0, new ReadOnlySpan<byte>(SqliteNative.ValueBlob(value), SqliteNative.ValueBytes(value))),
        _ => Null,
    };

    /// <summary>As a key: what SQLite holds equal is one key, so 1.0 becomes 1 (FINDINGS 1b, case 3).</summary>
    public SqlValue AsKey()
        => Type == SqliteNative.Float && Real == Math.Truncate(Real) && Real is >= long.MinValue and < 9223372036854775808.0 ? Of((long)Real) : this;

    /// <summary>Same storage class and same bits: what makes an update to the same value no event.</summary>
    public bool SameAs(in SqlValue other) => Type == other.Type && Type switch
    {
        SqliteNative.Integer => Integer == other.Integer,
        SqliteNative.Float => BitConverter.DoubleToInt64Bits(Real) == BitConverter.DoubleToInt64Bits(other.Real),
        SqliteNative.Null => true,
        _ => Bytes.SequenceEqual(other.Bytes),
    };

    public void Write(CborWriter writer)
    {
        switch (Type)
        {
            case SqliteNative.Integer:
                writer.WriteInt64(Integer);
                break;
            case SqliteNative.Float when double.IsFinite(Real):
                writer.WriteDouble(Real);
                break;
            case SqliteNative.Float:
                writer.StartMap(1);
                writer.WriteTextUtf8("f"u8);
                writer.WriteTextUtf8(Real > 0 ? "Infinity"u8 : "-Infinity"u8);
                break;
            case SqliteNative.Text when Utf8.IsValid(Bytes):
                writer.WriteTextUtf8(Bytes);
                break;
            case SqliteNative.Text:
                writer.StartMap(1);
                writer.WriteTextUtf8("t"u8);
                writer.WriteBytes(Bytes);
                break;
            case SqliteNative.Blob:
                writer.WriteBytes(Bytes);
                break;
            default:
                writer.WriteNull();
                break;
        }
    }

    public static SqlValue Read(scoped ref CborReader reader)
    {
        switch (reader.Peek())
        {
            case CborKind.Integer:
                return Of(reader.ReadInt64());
            case CborKind.Double:
                return new(SqliteNative.Float, 0, reader.ReadDouble(), default);
            case CborKind.Text:
                return new(SqliteNative.Text, 0, 0, reader.ReadTextUtf8());
            case CborKind.Bytes:
                return new(SqliteNative.Blob, 0, 0, reader.ReadBytes());
            case CborKind.Null:
                reader.ReadNull();
                return Null;
            case CborKind.Map:
                return ReadEscape(ref reader);
            default:
                throw new EventFormatException($"a value at offset {reader.Position} is of a kind no SQLite column holds");
        }
    }

    /// <summary>Binds; <paramref name="pinned"/> says that <see cref="Bytes"/> stay in place until the statement is reset.</summary>
    public void Bind(SqliteStatement statement, int index, bool pinned)
    {
        switch (Type)
        {
            case SqliteNative.Integer:
                statement.Bind(index, Integer);
                break;
            case SqliteNative.Float:
                statement.Bind(index, Real);
                break;
            case SqliteNative.Text when pinned:
                statement.BindPinnedText(index, Bytes);
                break;
            case SqliteNative.Text:
                statement.BindUtf8(index, Bytes);
                break;
            case SqliteNative.Blob when pinned:
                statement.BindPinnedBlob(index, Bytes);
                break;
            case SqliteNative.Blob:
                statement.Bind(index, Bytes);
                break;
            default:
                statement.BindNull(index);
                break;
        }
    }

    private static SqlValue ReadEscape(scoped ref CborReader reader)
    {
        var count = reader.ReadMap();
        if (count == 1)
        {
            var name = reader.ReadKey();
            if (name.SequenceEqual("t"u8))
            {
                return new(SqliteNative.Text, 0, 0, reader.ReadBytes());
            }

            if (name.SequenceEqual("f"u8))
            {
                var text = reader.ReadTextUtf8();
                if (text.SequenceEqual("Infinity"u8))
                {
                    return new(SqliteNative.Float, 0, double.PositiveInfinity, default);
                }

                if (text.SequenceEqual("-Infinity"u8))
                {
                    return new(SqliteNative.Float, 0, double.NegativeInfinity, default);
                }
            }
        }

        throw new EventFormatException($"the map before offset {reader.Position} is no known escape of a value");
    }
}
