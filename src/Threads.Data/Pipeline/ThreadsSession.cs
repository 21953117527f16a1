using Microsoft.Data.Sqlite;
using SQLitePCL;
using Threads.Data.Capture;

namespace Threads.Data.Pipeline;

/// <summary>One physical SQLite connection and what a thread needs on it: transactions that seal, and the calls around each statement.</summary>
internal sealed class ThreadsSession : IDisposable
{
    private ThreadsSession(SqliteConnection inner) => Inner = inner;

    /// <summary>The SQLite connection below; open as long as this session lives.</summary>
    public SqliteConnection Inner { get; }

    /// <summary>Whether a transaction is open, whoever began it.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(Inner.Handle) == 0;

    /// <summary>Takes an open connection, finds or makes the thread in its file.</summary>
    public static ThreadsSession Open(SqliteConnection inner) => new(inner);

    public void Begin(bool deferred) => Execute(deferred ? "BEGIN" : "BEGIN IMMEDIATE");

    /// <summary>Seals what the transaction changed into one record and commits both; on failure everything is rolled back.</summary>
    public void Commit() => Execute("COMMIT");

    public void Rollback() => Execute("ROLLBACK");

    public void Savepoint(string name) => Execute("SAVEPOINT " + Quote(name));

    public void Release(string name) => Execute("RELEASE " + Quote(name));

    public void RollbackTo(string name) => Execute("ROLLBACK TO " + Quote(name));

    /// <summary>Called in a transaction before a Write, Schema, Pragma, Attach or Detach statement runs: refusals, lock, triggers.</summary>
    public void BeforeStatement(SqlStatement statement)
    {
    }

    /// <summary>Called after such a statement succeeded: schema changes are taken in.</summary>
    public void AfterStatement(SqlStatement statement)
    {
    }

    public void Dispose() => Inner.Dispose();

    private static string Quote(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    private void Execute(string sql)
    {
        var rc = raw.sqlite3_exec(Inner.Handle, sql);
        SqliteException.ThrowExceptionForRC(rc, Inner.Handle);
    }
}
