using System.Data.Common;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using Threads.Data.Resources;

namespace Threads.Data;

/// <summary>An error of the database: SQLite's, with the code and the text its users know, or one of ours, named by <see cref="ThreadsErrorCode"/>.</summary>
public sealed class ThreadsException : DbException
{
    /// <summary>An error of SQLite's.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="sqliteErrorCode">The primary result code, <see href="https://www.sqlite.org/rescode.html"/>.</param>
    /// <param name="sqliteExtendedErrorCode">The extended result code.</param>
    /// <param name="innerException">What caused it.</param>
    public ThreadsException(string message, int sqliteErrorCode, int sqliteExtendedErrorCode, Exception? innerException = null)
        : base(message, innerException)
    {
        SqliteErrorCode = sqliteErrorCode;
        SqliteExtendedErrorCode = sqliteExtendedErrorCode;
    }

    /// <summary>An error of ours.</summary>
    /// <param name="errorCode">Which.</param>
    /// <param name="message">What happened, to what, and what to do.</param>
    /// <param name="innerException">What caused it.</param>
    /// <param name="sqliteErrorCode">SQLite's result code, if it had a part in it.</param>
    public ThreadsException(ThreadsErrorCode errorCode, string message, Exception? innerException = null, int sqliteErrorCode = 0)
        : base(message, innerException)
    {
        ThreadsErrorCode = errorCode;
        SqliteErrorCode = sqliteErrorCode;
        SqliteExtendedErrorCode = sqliteErrorCode;
    }

    /// <summary>Which of our errors it is; <see cref="ThreadsErrorCode.None"/> when SQLite reported it.</summary>
    public ThreadsErrorCode ThreadsErrorCode { get; }

    /// <summary>SQLite's primary result code (19 = a constraint failed, 5 = busy …); 0 when the error is ours alone.</summary>
    public int SqliteErrorCode { get; }

    /// <summary>SQLite's extended result code (2067 = a UNIQUE constraint failed …); 0 when the error is ours alone.</summary>
    public int SqliteExtendedErrorCode { get; }

    /// <summary>The SQL standard's five characters where SQLite's code has a counterpart, otherwise null.</summary>
    public override string? SqlState => SqliteExtendedErrorCode switch
    {
        raw.SQLITE_CONSTRAINT_UNIQUE or raw.SQLITE_CONSTRAINT_PRIMARYKEY or raw.SQLITE_CONSTRAINT_ROWID => "23505",
        raw.SQLITE_CONSTRAINT_FOREIGNKEY => "23503",
        raw.SQLITE_CONSTRAINT_NOTNULL => "23502",
        raw.SQLITE_CONSTRAINT_CHECK => "23514",
        _ => SqliteErrorCode switch
        {
            raw.SQLITE_CONSTRAINT => "23000",
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => "40001",
            raw.SQLITE_INTERRUPT => "57014",
            raw.SQLITE_READONLY => "25006",
            raw.SQLITE_FULL => "53100",
            _ => null,
        },
    };

    /// <summary>Whether the same call may succeed later without a change: another connection held the lock.</summary>
    public override bool IsTransient => SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_LOCKED;

    /// <summary>The command of a batch that failed; null outside a batch.</summary>
    protected override DbBatchCommand? DbBatchCommand => FailedCommand;

    internal DbBatchCommand? FailedCommand { get; set; }

    /// <summary>The one place where what Microsoft.Data.Sqlite throws becomes ours.</summary>
    internal static ThreadsException From(SqliteException exception) =>
        new(exception.Message, exception.SqliteErrorCode, exception.SqliteExtendedErrorCode, exception);

    /// <summary>Throws when a call of SQLite's failed; <paramref name="resultCode"/> is what it returned.</summary>
    internal static void ThrowOnError(int resultCode, sqlite3 database)
    {
        if (resultCode is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE)) throw FromResult(resultCode, database);
    }

    internal static ThreadsException FromResult(int resultCode, sqlite3 database)
    {
        // The user may have switched extended result codes on for the connection.
        var code = resultCode & 0xFF;
        // Another call may have failed in between; then the connection's text belongs to that one.
        var isLast = (raw.sqlite3_errcode(database) & 0xFF) == code;
        var text = isLast
            ? raw.sqlite3_errmsg(database).utf8_to_string()
            : Strings.Ado_SqliteErrorWithoutText(raw.sqlite3_errstr(resultCode).utf8_to_string());
        return new(Strings.Ado_SqliteError(code, text), code, isLast ? raw.sqlite3_extended_errcode(database) : resultCode);
    }
}
