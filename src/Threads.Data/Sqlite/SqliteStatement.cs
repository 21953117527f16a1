using System.Runtime.CompilerServices;
using static Threads.Data.Sqlite.SqliteNative;

namespace Threads.Data.Sqlite;

/// <summary>A prepared statement on the session's connection. Spans a column hands out live until the next step, reset or conversion.</summary>
internal sealed unsafe class SqliteStatement : IDisposable
{
    /// <summary>SQLITE_TRANSIENT: SQLite copies what is bound.</summary>
    private const nint Copied = -1;

    /// <summary>SQLITE_STATIC: the caller keeps the bytes in place until the statement is reset.</summary>
    private const nint Kept = 0;

    private static readonly byte[] Empty = GC.AllocateUninitializedArray<byte>(1, pinned: true);

    private readonly SqliteDatabase _database;
    private nint _statement;

    internal SqliteStatement(SqliteDatabase database, nint statement, string sql)
    {
        _database = database;
        _statement = statement;
        Sql = sql;
    }

    public string Sql { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public SqliteStatement Bind(int index, long value)
    {
        BindInt64(_statement, index, value);
        return this;
    }

    public SqliteStatement Bind(int index, double value)
    {
        BindDouble(_statement, index, value);
        return this;
    }

    public SqliteStatement BindNull(int index)
    {
        SqliteNative.BindNull(_statement, index);
        return this;
    }

    public SqliteStatement Bind(int index, ReadOnlySpan<byte> blob)
    {
        fixed (byte* pointer = blob)
        {
            Check(BindBlob(_statement, index, blob.IsEmpty ? Pin(Empty) : pointer, blob.Length, Copied));
        }

        return this;
    }

    public SqliteStatement Bind(int index, string? text)
    {
        if (text is null)
        {
            return BindNull(index);
        }

        var utf8 = System.Text.Encoding.UTF8.GetBytes(text);
        return BindUtf8(index, utf8);
    }

    public SqliteStatement BindUtf8(int index, ReadOnlySpan<byte> utf8)
    {
        fixed (byte* pointer = utf8)
        {
            Check(BindText(_statement, index, utf8.IsEmpty ? Pin(Empty) : pointer, utf8.Length, Copied));
        }

        return this;
    }

    /// <summary>Binds without a copy: <paramref name="pinned"/> must stay where it is until the next <see cref="Reset"/>.</summary>
    public void BindPinnedText(int index, ReadOnlySpan<byte> pinned)
        => Check(BindText(_statement, index, pinned.IsEmpty ? Pin(Empty) : Pin(pinned), pinned.Length, Kept));

    /// <summary>Binds without a copy: <paramref name="pinned"/> must stay where it is until the next <see cref="Reset"/>.</summary>
    public void BindPinnedBlob(int index, ReadOnlySpan<byte> pinned)
        => Check(BindBlob(_statement, index, pinned.IsEmpty ? Pin(Empty) : Pin(pinned), pinned.Length, Kept));

    /// <summary>True while there is a row; resets by itself when there is none left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Step()
    {
        var rc = SqliteNative.Step(_statement);
        if (rc is not (Row or Done))
        {
            rc = Retry(rc);
        }

        if (rc == Row)
        {
            return true;
        }

        SqliteNative.Reset(_statement);
        return false;
    }

    /// <summary>Runs a statement that gives no rows.</summary>
    public void Run()
    {
        while (Step())
        {
        }
    }

    /// <summary>Runs it and returns its result code where the row itself is refused (a constraint, a type, an expression that fails on it); anything else, a full disk, is thrown.</summary>
    public int TryRun()
    {
        var rc = SqliteNative.Step(_statement);
        for (var pauses = 0; rc is not (Row or Done) && _database.MayRetry(rc, ref pauses);)
        {
            SqliteNative.Reset(_statement);
            rc = SqliteNative.Step(_statement);
        }

        while (rc == Row)
        {
            rc = SqliteNative.Step(_statement);
        }

        if (rc != Done && (rc & 0xFF) is not (GeneralError or TooBig or Constraint or Mismatch))
        {
            Fail(rc);
        }

        var extended = rc == Done ? Ok : ExtendedErrorCode(_database.Handle);
        SqliteNative.Reset(_statement);
        return extended;
    }

    public void Reset() => SqliteNative.Reset(_statement);

    public long ScalarInt64(long whenNone = 0)
    {
        var value = Step() ? Int64(0) : whenNone;
        Reset();
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Type(int column) => ColumnType(_statement, column);

    public bool IsNull(int column) => ColumnType(_statement, column) == Null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Int64(int column) => ColumnInt64(_statement, column);

    /// <summary>A column's value as SQLite holds it: one call takes the connection's mutex, what is asked of the value takes none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Value(int column) => ColumnValue(_statement, column);

    public double Double(int column) => ColumnDouble(_statement, column);

    public ReadOnlySpan<byte> Blob(int column)
    {
        var pointer = ColumnBlob(_statement, column);
        return new ReadOnlySpan<byte>(pointer, ColumnBytes(_statement, column));
    }

    public ReadOnlySpan<byte> Utf8(int column)
    {
        var pointer = ColumnText(_statement, column);
        return new ReadOnlySpan<byte>(pointer, ColumnBytes(_statement, column));
    }

    public string Text(int column) => System.Text.Encoding.UTF8.GetString(Utf8(column));

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    public void Dispose()
    {
        var statement = Interlocked.Exchange(ref _statement, 0);
        if (statement != 0)
        {
            FinalizeStatement(statement);
        }
    }

    private static byte* Pin(ReadOnlySpan<byte> pinned) => (byte*)Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetReference(pinned));

    private void Check(int rc)
    {
        if (rc != Ok)
        {
            Fail(rc);
        }
    }

    /// <summary>Locks are taken before the first row: what found one taken has given no row yet, and begins again.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Retry(int rc)
    {
        for (var pauses = 0; rc is not (Row or Done); rc = SqliteNative.Step(_statement))
        {
            if (!_database.MayRetry(rc, ref pauses))
            {
                Fail(rc);
            }

            SqliteNative.Reset(_statement);
        }

        return rc;
    }

    private void Fail(int rc)
    {
        var exception = _database.Error(rc);
        SqliteNative.Reset(_statement);
        throw exception;
    }
}
