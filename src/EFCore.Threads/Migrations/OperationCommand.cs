using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Threads.Resources;
using Threads.Data;

namespace Microsoft.EntityFrameworkCore.Threads.Migrations;

/// <summary>A command that knows which operation of the migration it is part of, and says so when it fails.</summary>
internal sealed class OperationCommand(MigrationCommand original, IRelationalCommand text, DbContext? context, string operation)
    : MigrationCommand(text, context, original.CommandLogger, original.TransactionSuppressed)
{
    private const int MaxSqlLength = 80;

    public override int ExecuteNonQuery(IRelationalConnection connection, IReadOnlyDictionary<string, object?>? parameterValues = null)
    {
        try
        {
            return original.ExecuteNonQuery(connection, parameterValues);
        }
        catch (ThreadsException e)
        {
            throw Named(e);
        }
    }

    public override async Task<int> ExecuteNonQueryAsync(
        IRelationalConnection connection, IReadOnlyDictionary<string, object?>? parameterValues = null, CancellationToken cancellationToken = default)
    {
        try
        {
            return await original.ExecuteNonQueryAsync(connection, parameterValues, cancellationToken).ConfigureAwait(false);
        }
        catch (ThreadsException e)
        {
            throw Named(e);
        }
    }

    /// <summary>What an operation does, and to which object: <c>DropColumn 'Item.Price'</c>.</summary>
    public static string Describe(MigrationOperation operation)
    {
        var verb = operation.GetType().Name;
        const string suffix = "Operation";
        if (verb.EndsWith(suffix, StringComparison.Ordinal))
        {
            verb = verb[..^suffix.Length];
        }

        var target = operation switch
        {
            SqlOperation sql => sql.Sql.ReplaceLineEndings(" ") is { Length: > MaxSqlLength } text ? text[..MaxSqlLength] + "…" : sql.Sql,
            ColumnOperation column => Of(column.Table, column.Name),
            DropColumnOperation column => Of(column.Table, column.Name),
            RenameColumnOperation column => Of(column.Table, column.Name),
            ITableMigrationOperation table => Of(table.Table, Name(operation)),
            _ => Name(operation) ?? "",
        };
        return target.Length == 0 ? verb : $"{verb} '{target}'";
    }

    private static string Of(string? table, string? name)
        => string.Join('.', new[] { table, name == table ? null : name }.Where(part => !string.IsNullOrEmpty(part)));

    private static string? Name(MigrationOperation operation) => operation.GetType().GetProperty("Name")?.GetValue(operation) as string;

    private ThreadsException Named(ThreadsException error)
    {
        var message = Strings.MigrationOperationFailed(error.Message, operation);
        return error.ThreadsErrorCode == ThreadsErrorCode.None
            ? new ThreadsException(message, error.SqliteErrorCode, error.SqliteExtendedErrorCode, error)
            : new ThreadsException(error.ThreadsErrorCode, message, error, error.SqliteErrorCode);
    }
}
