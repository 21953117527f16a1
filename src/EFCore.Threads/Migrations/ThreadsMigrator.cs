using System.Globalization;
using System.Transactions;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Internal;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Threads.Infrastructure;
using Microsoft.EntityFrameworkCore.Threads.Metadata;
using Threads.Data;

namespace Microsoft.EntityFrameworkCore.Threads.Migrations;

/// <summary>
/// EF Core's own migrator, told to the thread: what a migration makes again has its rows again; what peers sent for tables and columns that were not here is folded when the migration
/// is over and its lock is free; what it seeds is what every peer seeds.
/// </summary>
#pragma warning disable EF1001 // EF Core's own migrator is the only one that knows how to migrate
internal sealed class ThreadsMigrator : Migrator
{
    private readonly SeedingOptions options;
    private readonly IMigrationsAssembly migrations;
    private readonly IRelationalDatabaseCreator creator;
    private readonly IRelationalConnection connection;
    private readonly IRawSqlCommandBuilder commands;
    private readonly ICurrentDbContext currentContext;
    private readonly IRelationalCommandDiagnosticsLogger commandLogger;
    private readonly IHistoryRepository history;
    private readonly IExecutionStrategy strategy;

    public ThreadsMigrator(
        IMigrationsAssembly migrationsAssembly,
        IHistoryRepository historyRepository,
        IDatabaseCreator databaseCreator,
        IMigrationsSqlGenerator migrationsSqlGenerator,
        IRawSqlCommandBuilder rawSqlCommandBuilder,
        IMigrationCommandExecutor migrationCommandExecutor,
        IRelationalConnection connection,
        ISqlGenerationHelper sqlGenerationHelper,
        ICurrentDbContext currentContext,
        IModelRuntimeInitializer modelRuntimeInitializer,
        IDiagnosticsLogger<DbLoggerCategory.Migrations> logger,
        IRelationalCommandDiagnosticsLogger commandLogger,
        IDatabaseProvider databaseProvider,
        IMigrationsModelDiffer migrationsModelDiffer,
        IDesignTimeModel designTimeModel,
        IDbContextOptions contextOptions,
        IExecutionStrategy executionStrategy)
        : this(
            migrationsAssembly, historyRepository, databaseCreator, migrationsSqlGenerator, rawSqlCommandBuilder, migrationCommandExecutor, connection, sqlGenerationHelper,
            currentContext, modelRuntimeInitializer, logger, commandLogger, databaseProvider, migrationsModelDiffer, designTimeModel, new SeedingOptions(contextOptions), executionStrategy)
    {
    }

    private ThreadsMigrator(
        IMigrationsAssembly migrationsAssembly,
        IHistoryRepository historyRepository,
        IDatabaseCreator databaseCreator,
        IMigrationsSqlGenerator migrationsSqlGenerator,
        IRawSqlCommandBuilder rawSqlCommandBuilder,
        IMigrationCommandExecutor migrationCommandExecutor,
        IRelationalConnection connection,
        ISqlGenerationHelper sqlGenerationHelper,
        ICurrentDbContext currentContext,
        IModelRuntimeInitializer modelRuntimeInitializer,
        IDiagnosticsLogger<DbLoggerCategory.Migrations> logger,
        IRelationalCommandDiagnosticsLogger commandLogger,
        IDatabaseProvider databaseProvider,
        IMigrationsModelDiffer migrationsModelDiffer,
        IDesignTimeModel designTimeModel,
        SeedingOptions options,
        IExecutionStrategy executionStrategy)
        : base(
            migrationsAssembly, historyRepository, databaseCreator, migrationsSqlGenerator, rawSqlCommandBuilder, migrationCommandExecutor, connection, sqlGenerationHelper,
            currentContext, modelRuntimeInitializer, logger, commandLogger, databaseProvider, migrationsModelDiffer, designTimeModel, options, executionStrategy)
    {
        this.options = options;
        migrations = migrationsAssembly;
        creator = (IRelationalDatabaseCreator)databaseCreator;
        this.connection = connection;
        commands = rawSqlCommandBuilder;
        this.currentContext = currentContext;
        this.commandLogger = commandLogger;
        history = historyRepository;
        strategy = executionStrategy;
    }

    private LocalThread? Thread => (connection.DbConnection as ThreadsConnection)?.Thread;

    private IProgress<ThreadsProgress>? Progress
        => currentContext.Context.GetService<IDbContextOptions>().FindExtension<ThreadsOptionsExtension>()?.MigrationProgress;

    public override void Migrate(string? targetMigration)
    {
        if (options.Core?.Seeder is not { } seeder)
        {
            MigrateAndFill(targetMigration);
            return;
        }

        var any = false;
        try
        {
            options.Current = options.Core.WithSeeding((_, performed) => any |= performed);
            MigrateAndFill(targetMigration);
        }
        finally
        {
            options.Current = null;
        }

        Seed(() => seeder(currentContext.Context, any));
    }

    public override async Task MigrateAsync(string? targetMigration, CancellationToken cancellationToken = default)
    {
        if (options.Core?.AsyncSeeder is not { } seeder)
        {
            await MigrateAndFillAsync(targetMigration, cancellationToken).ConfigureAwait(false);
            return;
        }

        var any = false;
        try
        {
            options.Current = options.Core.WithAsyncSeeding((_, performed, _) =>
            {
                any |= performed;
                return Task.CompletedTask;
            });
            await MigrateAndFillAsync(targetMigration, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            options.Current = null;
        }

        await SeedAsync(() => seeder(currentContext.Context, any, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    protected override IReadOnlyList<MigrationCommand> GenerateUpSql(
        Migration migration, MigrationsSqlGenerationOptions options = MigrationsSqlGenerationOptions.Default)
        => Complete(migration, base.GenerateUpSql(migration, options), reverts: false);

    protected override IReadOnlyList<MigrationCommand> GenerateDownSql(
        Migration migration, Migration? previousMigration, MigrationsSqlGenerationOptions options = MigrationsSqlGenerationOptions.Default)
        => Complete(migration, base.GenerateDownSql(migration, previousMigration, options), reverts: true);

    /// <summary>Runs what <c>UseSeeding</c> was given: the rows it makes are seed data.</summary>
    public static void AsSeed(LocalThread? thread, Action seeder)
    {
        using var migration = thread?.BeginMigration();
        migration?.BeginSeed(0, onlyNewRows: true);
        seeder();
        migration?.EndSeed();
    }

    /// <inheritdoc cref="AsSeed(LocalThread, Action)" />
    public static async Task AsSeedAsync(LocalThread? thread, Func<Task> seeder)
    {
        using var migration = thread?.BeginMigration();
        migration?.BeginSeed(0, onlyNewRows: true);
        await seeder().ConfigureAwait(false);
        migration?.EndSeed();
    }

    /// <summary>Seeds as the base class does at the end of a migration: under its lock, in one transaction, repeated as the execution strategy has it.</summary>
    private void Seed(Action seeder)
    {
        if (connection.CurrentTransaction is not null)
        {
            AsSeed(Thread, seeder);
            return;
        }

        using var transactions = new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
        connection.Open();
        try
        {
            using var migrating = history.AcquireDatabaseLock();
            strategy.Execute(() =>
            {
                using var transaction = connection.BeginTransaction();
                AsSeed(Thread, seeder);
                transaction.Commit();
            });
        }
        finally
        {
            connection.Close();
        }
    }

    private async Task SeedAsync(Func<Task> seeder, CancellationToken cancellationToken)
    {
        if (connection.CurrentTransaction is not null)
        {
            await AsSeedAsync(Thread, seeder).ConfigureAwait(false);
            return;
        }

        using var transactions = new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var migrating = await history.AcquireDatabaseLockAsync(cancellationToken).ConfigureAwait(false);
            await using var released = migrating.ConfigureAwait(false);
            await strategy.ExecuteAsync(
                async cancel =>
                {
                    var transaction = await connection.BeginTransactionAsync(cancel).ConfigureAwait(false);
                    await using var disposed = transaction.ConfigureAwait(false);
                    await AsSeedAsync(Thread, seeder).ConfigureAwait(false);
                    await transaction.CommitAsync(cancel).ConfigureAwait(false);
                },
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await connection.CloseAsync().ConfigureAwait(false);
        }
    }

    private void MigrateAndFill(string? targetMigration)
    {
        using var transactions = new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
        if (!creator.Exists())
        {
            creator.Create();
        }

        connection.Open();
        try
        {
            using (Thread?.BeginMigration())
            {
                base.Migrate(targetMigration);
            }

            Thread?.FillTables(Progress);
            MakeLists();
        }
        finally
        {
            connection.Close();
        }
    }

    private async Task MigrateAndFillAsync(string? targetMigration, CancellationToken cancellationToken)
    {
        using var transactions = new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
        if (!await creator.ExistsAsync(cancellationToken).ConfigureAwait(false))
        {
            await creator.CreateAsync(cancellationToken).ConfigureAwait(false);
        }

        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using (Thread?.BeginMigration())
            {
                await base.MigrateAsync(targetMigration, cancellationToken).ConfigureAwait(false);
            }

            await (Thread?.FillTablesAsync(Progress, cancellationToken) ?? Task.FromResult(0)).ConfigureAwait(false);
            await Task.Run(MakeLists, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await connection.CloseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Access lists that the model has tables begin with; a migration to an earlier version may have left no such table.</summary>
    private void MakeLists()
    {
        if (connection.DbConnection is ThreadsConnection threads)
        {
            ModelAccess.Apply(currentContext.Context.Model, threads);
        }
    }

    private IReadOnlyList<MigrationCommand> Complete(Migration migration, IReadOnlyList<MigrationCommand> generated, bool reverts)
    {
        var version = Version(migration);
        foreach (var command in generated.OfType<OperationCommand>())
        {
            command.Version = version;
            command.Reverts = reverts;
        }

        // A rebuild needs no way around transactions on a connection of ours, so the note that the migration was applied goes with it.
        return generated is [.., { TransactionSuppressed: true } history]
            && generated.Take(generated.Count - 1).All(c => !c.TransactionSuppressed || TableRebuilds.IsSwitch(c.CommandText))
                ? [.. generated.Take(generated.Count - 1), new MigrationCommand(commands.Build(history.CommandText), currentContext.Context, commandLogger)]
                : generated;
    }

    /// <summary>The seconds that the migration's id says, or its place among all: the same on every peer.</summary>
    private long Version(Migration migration)
    {
        var id = migrations.Migrations.FirstOrDefault(m => m.Value.AsType() == migration.GetType()).Key ?? "";
        return id.Length > 14 && DateTime.TryParseExact(
                id.AsSpan(0, 14), "yyyyMMddHHmmss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            && new DateTimeOffset(time).ToUnixTimeSeconds() is var seconds and > 0
                ? seconds
                : migrations.Migrations.Keys.TakeWhile(k => k != id).Count() + 1;
    }
}
#pragma warning restore EF1001
