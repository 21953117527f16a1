using System.Data;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Internal;
using Microsoft.EntityFrameworkCore.Storage;

namespace Microsoft.EntityFrameworkCore.Threads.Migrations;

/// <summary>
/// Runs a migration with its rebuilds in one transaction, so that one that fails leaves the database as it was. The text of a rebuild switches foreign
/// keys off and on outside of transactions, as any SQLite tool must; a connection can do it inside by <see cref="RebuildCommand"/>.
/// </summary>
#pragma warning disable EF1001 // EF Core's own executor is the only one that knows its execution state
internal sealed class ThreadsMigrationCommandExecutor(IExecutionStrategy executionStrategy, IRawSqlCommandBuilder commands)
    : MigrationCommandExecutor(executionStrategy)
{
    public override void ExecuteNonQuery(IEnumerable<MigrationCommand> migrationCommands, IRelationalConnection connection)
    {
        using var rebuild = new RebuildScope(connection);
        base.ExecuteNonQuery(Prepare(migrationCommands, rebuild), connection);
    }

    public override int ExecuteNonQuery(
        IReadOnlyList<MigrationCommand> migrationCommands,
        IRelationalConnection connection,
        MigrationExecutionState executionState,
        bool commitTransaction,
        IsolationLevel? isolationLevel = null)
    {
        using var rebuild = new RebuildScope(connection);
        return base.ExecuteNonQuery(Prepare(migrationCommands, rebuild), connection, executionState, commitTransaction, isolationLevel);
    }

    public override async Task ExecuteNonQueryAsync(
        IEnumerable<MigrationCommand> migrationCommands, IRelationalConnection connection, CancellationToken cancellationToken = default)
    {
        using var rebuild = new RebuildScope(connection);
        await base.ExecuteNonQueryAsync(Prepare(migrationCommands, rebuild), connection, cancellationToken).ConfigureAwait(false);
    }

    public override async Task<int> ExecuteNonQueryAsync(
        IReadOnlyList<MigrationCommand> migrationCommands,
        IRelationalConnection connection,
        MigrationExecutionState executionState,
        bool commitTransaction,
        IsolationLevel? isolationLevel = null,
        CancellationToken cancellationToken = default)
    {
        using var rebuild = new RebuildScope(connection);
        return await base.ExecuteNonQueryAsync(
            Prepare(migrationCommands, rebuild), connection, executionState, commitTransaction, isolationLevel, cancellationToken).ConfigureAwait(false);
    }

    private List<MigrationCommand> Prepare(IEnumerable<MigrationCommand> migrationCommands, RebuildScope rebuild)
    {
        var all = migrationCommands.ToList();
        rebuild.WillCreate(all.Select(c => c.CommandText));
        return all.ConvertAll(command => command is { TransactionSuppressed: true } && command.CommandText.TrimEnd() is var text
            && text is TableRebuilds.ForeignKeysOff or TableRebuilds.ForeignKeysOn
                ? new RebuildCommand(commands.Build(text), command, rebuild, text == TableRebuilds.ForeignKeysOn)
                : command);
    }
}
#pragma warning restore EF1001
