using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>
/// The values a row has for a unique key, twice: as they are, to be bound again, and as bytes that are equal exactly when SQLite holds the values equal under the key's
/// collations: 1 and 1.0 are one, 'A' and 'a' under NOCASE.
/// </summary>
internal readonly struct ClaimKey(byte[] bytes, byte[] raw)
{
    /// <summary>A CBOR array; equal bytes, equal values. A collation of the user's has no such form: its values count as equal only when they are the same.</summary>
    public byte[] Bytes { get; } = bytes;

    /// <summary>A CBOR array of the values themselves.</summary>
    public byte[] Raw { get; } = raw;

    /// <summary>Reads columns from <paramref name="first"/> on; null when one of them is NULL: such a row claims nothing.</summary>
    public static ClaimKey? Read(SqliteStatement row, int first, string[] collations)
    {
        using var writer = new CborWriter(256);
        writer.StartArray(collations.Length);
        for (var i = 0; i < collations.Length; i++)
        {
            var value = SqlValue.Column(row, first + i);
            if (value.IsNull)
            {
                return null;
            }

            value.Write(writer);
        }

        return Of(writer.ToArray(), collations);
    }

    /// <summary>Of values that are none NULL.</summary>
    public static ClaimKey Of(byte[] raw, string[] collations)
    {
        using var writer = new CborWriter(256);
        writer.StartArray(collations.Length);
        var reader = new CborReader(raw);
        reader.ReadArray();
        foreach (var collation in collations)
        {
            Write(writer, SqlValue.Read(ref reader).AsKey(), collation);
        }

        return new ClaimKey(writer.WrittenSpan.SequenceEqual(raw) ? raw : writer.ToArray(), raw);
    }

    /// <summary>Binds the values as they are, from parameter <paramref name="first"/> on.</summary>
    public void Bind(SqliteStatement statement, int first)
    {
        var reader = new CborReader(Raw);
        for (var n = reader.ReadArray(); n > 0; n--)
        {
            SqlValue.Read(ref reader).Bind(statement, first++, pinned: false);
        }
    }

    private static void Write(CborWriter writer, in SqlValue value, string collation)
    {
        if (value.Type != SqliteNative.Text || collation == "BINARY")
        {
            value.Write(writer);
            return;
        }

        switch (collation)
        {
            case "NOCASE":
                writer.WriteBytes(Lower(value.Bytes));
                break;
            case "RTRIM":
                writer.WriteBytes(value.Bytes.TrimEnd((byte)' '));
                break;
            default:
                value.Write(writer);
                break;
        }
    }

    /// <summary>ASCII letters only, as SQLite does; behind a NUL it compares nothing but the length.</summary>
    private static byte[] Lower(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)0);
        byte[] lower = end < 0 ? text.ToArray() : [.. text[..end], 0, .. BitConverter.GetBytes((long)text.Length)];
        for (var i = 0; i < (end < 0 ? lower.Length : end); i++)
        {
            lower[i] = lower[i] is >= (byte)'A' and <= (byte)'Z' ? (byte)(lower[i] | 0x20) : lower[i];
        }

        return lower;
    }
}

/// <summary>A constraint's number and a value of it; or a collection's and an entity's key.</summary>
internal readonly struct KeyId(long id, byte[] key) : IEquatable<KeyId>
{
    public long Id { get; } = id;

    public byte[] Key { get; } = key;

    public bool Equals(KeyId other) => Id == other.Id && Key.AsSpan().SequenceEqual(other.Key);

    public override bool Equals(object? obj) => obj is KeyId other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Id);
        hash.AddBytes(Key);
        return hash.ToHashCode();
    }
}
