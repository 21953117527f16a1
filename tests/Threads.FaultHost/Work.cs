using System.Globalization;
using Threads.Data;

namespace Threads.FaultHost;

/// <summary>What one commit of the child does, so that half of it would be seen: a row more, a count that must agree with the rows, an old row changed or gone.</summary>
public static class Work
{
    public static void Prepare(ThreadsConnection connection) => Execute(connection, null, """
        CREATE TABLE item(writer INTEGER NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL, changes INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(writer, number));
        CREATE INDEX item_text ON item(text);
        CREATE TABLE tally(writer INTEGER PRIMARY KEY, last INTEGER NOT NULL, note TEXT);
        """);

    /// <summary>The number this writer committed last; 0 = none.</summary>
    public static int Last(ThreadsConnection connection, int writer)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT coalesce(max(last), 0) FROM tally WHERE writer = $writer";
        command.Parameters.AddWithValue("$writer", writer);
        return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    public static void Commit(ThreadsConnection connection, int writer, int number)
    {
        using var transaction = connection.BeginTransaction();
        Execute(connection, transaction, FormattableString.Invariant($"""
            INSERT INTO item(writer, number, text) VALUES({writer}, {number}, 'item {number} of {writer} {new string((char)('a' + number % 26), number % 700)}');
            INSERT INTO tally(writer, last) VALUES({writer}, {number}) ON CONFLICT(writer) DO UPDATE SET last = excluded.last, note = 'commit ' || excluded.last;
            UPDATE item SET changes = changes + 1 WHERE writer = {writer} AND number = {number / 2};
            """));
        transaction.Commit();
    }

    private static void Execute(ThreadsConnection connection, ThreadsTransaction? transaction, string sql)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
