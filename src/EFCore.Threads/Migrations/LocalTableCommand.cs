using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Storage;
using Threads.Data;

namespace Microsoft.EntityFrameworkCore.Threads.Migrations;

/// <summary>
/// Creates a table without a primary key. Its rows can't be told apart on another peer, so it is kept out of the thread: a table as in any SQLite
/// database, in this file only.
/// </summary>
internal sealed class LocalTableCommand(IRelationalCommand command, MigrationCommand original, DbContext? context, string table)
    : MigrationCommand(command, context, original.CommandLogger)
{
    public override int ExecuteNonQuery(IRelationalConnection connection, IReadOnlyDictionary<string, object?>? parameterValues = null)
    {
        Mark(connection);
        return base.ExecuteNonQuery(connection, parameterValues);
    }

    public override Task<int> ExecuteNonQueryAsync(
        IRelationalConnection connection, IReadOnlyDictionary<string, object?>? parameterValues = null, CancellationToken cancellationToken = default)
    {
        Mark(connection);
        return base.ExecuteNonQueryAsync(connection, parameterValues, cancellationToken);
    }

    private void Mark(IRelationalConnection connection)
    {
        // A rebuild makes the table under another name first; the one it takes in the end counts.
        if (connection.DbConnection is ThreadsConnection threads)
        {
            threads.Thread.MarkLocal(
                table.StartsWith(TableRebuilds.TemporaryPrefix, StringComparison.Ordinal) ? table[TableRebuilds.TemporaryPrefix.Length..] : table);
        }
    }
}
