using System.Data;
using System.Data.Common;
using System.Text;
using SQLitePCL;
using Threads.Data.Resources;

namespace Threads.Data;

/// <content>What is known of the columns, and values as streams.</content>
public sealed partial class ThreadsDataReader
{
    private string[]? _names;
    private Dictionary<string, int>? _ordinals;
    private int[]? _seenTypes;

    /// <inheritdoc/>
    public override string GetName(int ordinal)
    {
        var statement = Result(nameof(GetName));
        ThrowIfNoColumn(ordinal);
        _names ??= new string[_fieldCount];
        return _names[ordinal] ??= raw.sqlite3_column_name(statement, ordinal).utf8_to_string();
    }

    /// <summary>The column of a name: exact first, then in any case.</summary>
    /// <inheritdoc/>
    public override int GetOrdinal(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Result(nameof(GetOrdinal));
        if (_ordinals is null)
        {
            _ordinals = new Dictionary<string, int>(StringComparer.Ordinal);
            for (var i = 0; i < _fieldCount; i++) _ordinals[GetName(i)] = i;
        }
        if (_ordinals.TryGetValue(name, out var ordinal)) return ordinal;
        string? match = null;
        foreach (var (candidate, place) in _ordinals)
        {
            if (!candidate.Equals(name, StringComparison.OrdinalIgnoreCase)) continue;
            // A spelling asked for earlier is in the index too.
            if (match is not null && _ordinals[match] != place) throw new InvalidOperationException(Strings.Ado_AmbiguousColumn(name, match, candidate));
            match = candidate;
        }
        if (match is null) throw new ArgumentOutOfRangeException(nameof(name), name, null);
        return _ordinals[name] = _ordinals[match];
    }

    /// <summary>The type the column was declared with, without its size; for an expression the storage class of its value.</summary>
    /// <inheritdoc/>
    public override string GetDataTypeName(int ordinal)
    {
        var statement = Result(nameof(GetDataTypeName));
        ThrowIfNoColumn(ordinal);
        if (raw.sqlite3_column_decltype(statement, ordinal).utf8_to_string() is not { } declared)
            return NameOf(_row is null && !_isBeforeFirst ? raw.SQLITE_NULL : raw.sqlite3_column_type(statement, ordinal));
        var size = declared.IndexOf('(', StringComparison.Ordinal);
        return size < 0 ? declared : declared[..size];
    }

    /// <summary>What GetValue gives for this row; for NULL what an earlier row had, or what the declared type suggests.</summary>
    /// <inheritdoc/>
    public override Type GetFieldType(int ordinal)
    {
        var statement = Result(nameof(GetFieldType));
        ThrowIfNoColumn(ordinal);
        var type = _row is null && !_isBeforeFirst ? raw.SQLITE_NULL : raw.sqlite3_column_type(statement, ordinal);
        if (type == raw.SQLITE_NULL)
        {
            var seen = _seenTypes?[ordinal] ?? 0;
            return ClrType(seen != 0 ? seen : AffinityOf(raw.sqlite3_column_decltype(statement, ordinal).utf8_to_string()));
        }
        (_seenTypes ??= new int[_fieldCount])[ordinal] = type;
        return ClrType(type);
    }

    /// <inheritdoc/>
    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length)
    {
        var row = Row;
        ThrowIfNull(row, ordinal);
        var bytes = raw.sqlite3_column_blob(row, ordinal);
        if (buffer is null) return bytes.Length;
        ArgumentOutOfRangeException.ThrowIfNegative(dataOffset);
        if (dataOffset >= bytes.Length) return 0;
        var part = bytes.Slice((int)dataOffset, (int)Math.Min(length, bytes.Length - dataOffset));
        part.CopyTo(buffer.AsSpan(bufferOffset));
        return part.Length;
    }

    /// <inheritdoc/>
    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length)
    {
        var text = GetString(ordinal);
        if (buffer is null) return text.Length;
        ArgumentOutOfRangeException.ThrowIfNegative(dataOffset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dataOffset, text.Length);
        var count = (int)Math.Min(length, text.Length - dataOffset);
        text.CopyTo((int)dataOffset, buffer, bufferOffset, count);
        return count;
    }

    /// <inheritdoc/>
    public override Stream GetStream(int ordinal) => new MemoryStream(GetBlob(ordinal), writable: false);

    /// <inheritdoc/>
    public override TextReader GetTextReader(int ordinal) => IsDBNull(ordinal) ? new StringReader("") : new StringReader(GetString(ordinal));

    /// <summary>One row for each column: its origin, key, type. Types are those of the current row, or declared ones.</summary>
    /// <inheritdoc/>
    public override DataTable GetSchemaTable() => ReaderSchemaTable.Make(this, Result(nameof(GetSchemaTable)), _connection);

    private sqlite3_stmt Result(string method) =>
        _current?.Handle ?? throw (_isClosed ? Closed(method) : new InvalidOperationException(Strings.Ado_NoRow));

    private void ForgetColumns()
    {
        _names = null;
        _ordinals = null;
        _seenTypes = null;
    }

    private static string NameOf(int type) => type switch
    {
        raw.SQLITE_INTEGER => "INTEGER",
        raw.SQLITE_FLOAT => "REAL",
        raw.SQLITE_TEXT => "TEXT",
        _ => "BLOB",
    };

    private static Type ClrType(int type) => type switch
    {
        raw.SQLITE_INTEGER => typeof(long),
        raw.SQLITE_FLOAT => typeof(double),
        raw.SQLITE_TEXT => typeof(string),
        _ => typeof(byte[]),
    };

    /// <summary>https://www.sqlite.org/datatype3.html section 3.1, but NUMERIC reads as text, the form in which a decimal keeps all its digits.</summary>
    private static int AffinityOf(string? declared)
    {
        if (string.IsNullOrEmpty(declared)) return raw.SQLITE_BLOB;
        if (Has("INT")) return raw.SQLITE_INTEGER;
        if (Has("CHAR") || Has("CLOB") || Has("TEXT")) return raw.SQLITE_TEXT;
        if (Has("BLOB")) return raw.SQLITE_BLOB;
        return Has("REAL") || Has("FLOA") || Has("DOUB") ? raw.SQLITE_FLOAT : raw.SQLITE_TEXT;
        bool Has(string part) => declared.Contains(part, StringComparison.OrdinalIgnoreCase);
    }
}
