using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Threads.Resources;
using Threads.Data;

namespace Microsoft.EntityFrameworkCore.Threads.Migrations;

/// <summary>
/// A command of a migration that knows its operation: an error names it; rows of the model's data (<c>HasData</c>) are what every peer writes for itself; raw SQL sees all that this
/// peer has.
/// </summary>
internal sealed class OperationCommand(MigrationCommand original, IRelationalCommand text, DbContext? context, MigrationOperation operation, string description)
    : MigrationCommand(text, context, original.CommandLogger, original.TransactionSuppressed)
{
    private const int MaxSqlLength = 80;

    /// <summary>The version of the schema that the migration makes; orders the model's data.</summary>
    public long Version { get; set; }

    /// <summary>The migration is taken back, on this peer: the model's data that it changed or added is that of all peers, and stays.</summary>
    public bool Reverts { get; set; }

    private bool IsLeftOut => Reverts && operation is (UpdateDataOperation or DeleteDataOperation);

    private bool IsSeed => operation is InsertDataOperation or UpdateDataOperation or DeleteDataOperation;

    public override int ExecuteNonQuery(IRelationalConnection connection, IReadOnlyDictionary<string, object?>? parameterValues = null)
    {
        if (IsLeftOut)
        {
            return 0;
        }

        using var scope = Enter(connection);
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
        if (IsLeftOut)
        {
            return 0;
        }

        using var scope = Enter(connection);
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

    private SchemaMigration? Enter(IRelationalConnection connection)
    {
        if (connection.DbConnection is not ThreadsConnection threads)
        {
            return null;
        }

        if (IsSeed)
        {
            var migration = threads.Thread.BeginMigration();

            // Newer than what the migration itself deleted.
            migration.BeginSeed(Reverts ? Version + 1 : Version);
            return migration;
        }

        if (operation is SqlOperation && !IsSchemaText())
        {
            threads.Thread.FillTables();
        }

        return null;
    }

    /// <summary>The statements of a rebuild, and others that read no rows of yours.</summary>
    private bool IsSchemaText()
    {
        var text = CommandText.AsSpan().TrimStart();
        return text.StartsWith("PRAGMA", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("CREATE", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("DROP", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("ALTER", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith($"INSERT INTO \"{TableRebuilds.TemporaryPrefix}", StringComparison.Ordinal);
    }

    private ThreadsException Named(ThreadsException error)
    {
        var message = Strings.MigrationOperationFailed(error.Message, description);
        return error.ThreadsErrorCode == ThreadsErrorCode.None
            ? new ThreadsException(message, error.SqliteErrorCode, error.SqliteExtendedErrorCode, error)
            : new ThreadsException(error.ThreadsErrorCode, message, error, error.SqliteErrorCode);
    }
}
