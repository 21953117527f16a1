using Microsoft.Data.Sqlite;
using SQLitePCL;
using Threads.Data.Resources;

namespace Threads.Data;

/// <summary>
/// The bytes of one value as a stream: read piece by piece from the file. What is written is kept until <see cref="Flush"/> or Dispose, which run an
/// ordinary UPDATE: SQLite's own incremental writes fire no trigger, so a change made by them would never reach the log.
/// </summary>
public sealed class ThreadsBlob : Stream
{
    private readonly ThreadsConnection _connection;
    private readonly string _update;
    private readonly string _name;
    private readonly long _rowid;
    private readonly bool _canWrite;
    private SqliteBlob? _source;
    private MemoryStream? _changed;
    private bool _isDirty;
    private bool _isDisposed;

    /// <summary>Opens a value of the main database.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="tableName">A table that is not WITHOUT ROWID.</param>
    /// <param name="columnName">The column; its value is BLOB or TEXT.</param>
    /// <param name="rowid">The row, as rowid has it.</param>
    /// <param name="readOnly">Whether writing is refused.</param>
    /// <exception cref="ThreadsException">There is no such table, column or row, or the value is neither BLOB nor TEXT.</exception>
    public ThreadsBlob(ThreadsConnection connection, string tableName, string columnName, long rowid, bool readOnly = false)
        : this(connection, "main", tableName, columnName, rowid, readOnly)
    {
    }

    /// <summary>Opens a value.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="databaseName">"main", "temp" or the name of an attached database.</param>
    /// <param name="tableName">A table that is not WITHOUT ROWID.</param>
    /// <param name="columnName">The column; its value is BLOB or TEXT.</param>
    /// <param name="rowid">The row, as rowid has it.</param>
    /// <param name="readOnly">Whether writing is refused.</param>
    /// <exception cref="ThreadsException">There is no such table, column or row, or the value is neither BLOB nor TEXT.</exception>
    public ThreadsBlob(ThreadsConnection connection, string databaseName, string tableName, string columnName, long rowid, bool readOnly = false)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(databaseName);
        ArgumentNullException.ThrowIfNull(tableName);
        ArgumentNullException.ThrowIfNull(columnName);
        if (connection.Physical is null) throw new InvalidOperationException(Strings.Ado_ConnectionNotOpen(nameof(ThreadsBlob)));
        _connection = connection;
        _rowid = rowid;
        _canWrite = !readOnly;
        _name = $"{databaseName}.{tableName}.{columnName}";
        var column = Quote(columnName);
        _update = $"UPDATE {Quote(databaseName)}.{Quote(tableName)} SET {column} = CASE typeof({column}) WHEN 'text' THEN CAST(@value AS TEXT) ELSE @value END WHERE rowid = @rowid";
        try
        {
            _source = new SqliteBlob(connection.Physical.Session.Inner, databaseName, tableName, columnName, rowid, readOnly: true);
        }
        catch (SqliteException e)
        {
            throw ThreadsException.From(e);
        }
        Length = _source.Length;
    }

    /// <inheritdoc/>
    public override bool CanRead => !_isDisposed;

    /// <inheritdoc/>
    public override bool CanSeek => !_isDisposed;

    /// <inheritdoc/>
    public override bool CanWrite => _canWrite && !_isDisposed;

    /// <summary>The value's size in bytes. It can't change; use an UPDATE for that.</summary>
    public override long Length { get; }

    /// <inheritdoc/>
    public override long Position
    {
        get => Current.Position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            Current.Position = value;
        }
    }

    private Stream Current => _isDisposed ? throw new ObjectDisposedException(nameof(ThreadsBlob)) : (Stream?)_changed ?? _source!;

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var current = Current;
        if (current.Position >= Length || buffer.IsEmpty) return 0;
        try
        {
            return current.Read(buffer);
        }
        catch (SqliteException e)
        {
            throw ThreadsException.From(e);
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        var current = Current;
        if (!_canWrite) throw new NotSupportedException(Strings.Ado_BlobReadOnly(_name));
        if (current.Position + buffer.Length > Length) throw new NotSupportedException(Strings.Ado_BlobSizeFixed(_name, Length));
        if (buffer.IsEmpty) return;
        TakeCopy();
        _changed!.Write(buffer);
        _isDirty = true;
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin)
    {
        var position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => Position + offset,
            SeekOrigin.End => Length + offset,
            _ => throw new ArgumentOutOfRangeException(nameof(origin), origin, null),
        };
        if (position < 0) throw new IOException(Strings.Ado_BlobSeekBeforeStart(_name));
        return Position = position;
    }

    /// <summary>Writes what was changed into the row, in the connection's transaction or one of its own.</summary>
    /// <exception cref="ThreadsException">The row is gone, the database is busy …</exception>
    public override void Flush()
    {
        if (!_isDirty) return;
        using var command = _connection.CreateCommand();
        command.CommandText = _update;
        command.Parameters.AddWithValue("@value", _changed!.ToArray());
        command.Parameters.AddWithValue("@rowid", _rowid);
        if (command.ExecuteNonQuery() == 0)
            throw new ThreadsException(Strings.Ado_BlobRowGone(_name, _rowid), raw.SQLITE_ABORT, raw.SQLITE_ABORT);
        _isDirty = false;
    }

    /// <summary>Not possible.</summary>
    /// <param name="value">Not used.</param>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void SetLength(long value) => throw new NotSupportedException(Strings.Ado_BlobSizeFixed(_name, Length));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            try
            {
                Flush();
            }
            finally
            {
                _source?.Dispose();
                _isDisposed = true;
            }
        }
        base.Dispose(disposing);
    }

    /// <summary>From the first write on the value is held in memory: the UPDATE needs it whole.</summary>
    private void TakeCopy()
    {
        if (_changed is not null) return;
        var position = _source!.Position;
        var bytes = new byte[Length];
        _source.Position = 0;
        try
        {
            _source.ReadExactly(bytes);
        }
        catch (SqliteException e)
        {
            throw ThreadsException.From(e);
        }
        _source.Dispose();
        _source = null;
        _changed = new MemoryStream(bytes, 0, bytes.Length, writable: true, publiclyVisible: false) { Position = position };
    }

    private static string Quote(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
}
