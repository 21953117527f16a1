using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Threads.Resources;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.EntityFrameworkCore.Threads.Migrations;

/// <summary>Which migrations this peer has applied, and the lock that lets one process migrate at a time: the one row of a table of its own.</summary>
internal sealed class ThreadsHistoryRepository(HistoryRepositoryDependencies dependencies) : HistoryRepository(dependencies)
{
    private const string LockTable = "__EFMigrationsLock";
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    // Time comes from the application, as elsewhere: with a clock that stands still a test decides when the lock is tried again.
    private readonly TimeProvider time = dependencies.CurrentContext.Context.GetService<IDbContextOptions>()
        .FindExtension<CoreOptionsExtension>()?.ApplicationServiceProvider?.GetService<TimeProvider>() ?? TimeProvider.System;

    public override LockReleaseBehavior LockReleaseBehavior => LockReleaseBehavior.Explicit;

    protected override string ExistsSql => TableExists(TableName);

    public override string GetCreateIfNotExistsScript()
        => GetCreateScript().Replace("CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ", StringComparison.Ordinal);

    public override string GetBeginIfNotExistsScript(string migrationId) => throw new NotSupportedException(Strings.MigrationScriptGenerationNotSupported);

    public override string GetBeginIfExistsScript(string migrationId) => throw new NotSupportedException(Strings.MigrationScriptGenerationNotSupported);

    public override string GetEndIfScript() => throw new NotSupportedException(Strings.MigrationScriptGenerationNotSupported);

    public override IMigrationsDatabaseLock AcquireDatabaseLock()
    {
        Dependencies.MigrationsLogger.AcquiringMigrationLock();
        if (!InterpretExistsResult(Command(TableExists(LockTable)).ExecuteScalar(Parameters())))
        {
            Command(CreateLockTable).ExecuteNonQuery(Parameters());
        }

        for (var delay = FirstDelay; !IsTaken(Command(TakeLock()).ExecuteScalar(Parameters())); delay = Longer(delay))
        {
            Task.Delay(delay, time).GetAwaiter().GetResult();
        }

        return NewLock();
    }

    public override async Task<IMigrationsDatabaseLock> AcquireDatabaseLockAsync(CancellationToken cancellationToken = default)
    {
        Dependencies.MigrationsLogger.AcquiringMigrationLock();
        if (!InterpretExistsResult(await Command(TableExists(LockTable)).ExecuteScalarAsync(Parameters(), cancellationToken).ConfigureAwait(false)))
        {
            await Command(CreateLockTable).ExecuteNonQueryAsync(Parameters(), cancellationToken).ConfigureAwait(false);
        }

        for (var delay = FirstDelay;
             !IsTaken(await Command(TakeLock()).ExecuteScalarAsync(Parameters(), cancellationToken).ConfigureAwait(false));
             delay = Longer(delay))
        {
            await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
        }

        return NewLock();
    }

    protected override bool InterpretExistsResult(object? value) => value is long and > 0;

    private const string CreateLockTable =
        $"""
        CREATE TABLE IF NOT EXISTS "{LockTable}" (
            "Id" INTEGER NOT NULL CONSTRAINT "PK_{LockTable}" PRIMARY KEY,
            "Timestamp" TEXT NOT NULL
        );
        """;

    private static TimeSpan Longer(TimeSpan delay) => delay + delay < LongestDelay ? delay + delay : LongestDelay;

    private static bool IsTaken(object? changes) => changes is 1L;

    private string TableExists(string table)
        => $"""
            SELECT COUNT(*) FROM "sqlite_master" WHERE "name" = {Literal(table)} AND "type" = 'table';
            """;

    private string TakeLock()
        => $"""
            INSERT OR IGNORE INTO "{LockTable}"("Id", "Timestamp") VALUES(1, {Literal(time.GetUtcNow())});
            SELECT changes();
            """;

    private string Literal<T>(T value)
        where T : notnull
        => Dependencies.TypeMappingSource.GetMapping(typeof(T)).GenerateSqlLiteral(value);

    private IRelationalCommand Command(string sql) => Dependencies.RawSqlCommandBuilder.Build(sql);

    private DatabaseLock NewLock() => new(Command($"DELETE FROM \"{LockTable}\";"), Parameters(), this);

    private RelationalCommandParameterObject Parameters()
        => new(Dependencies.Connection, null, null, Dependencies.CurrentContext.Context, Dependencies.CommandLogger, CommandSource.Migrations);

    private sealed class DatabaseLock(IRelationalCommand release, RelationalCommandParameterObject parameters, IHistoryRepository history)
        : IMigrationsDatabaseLock
    {
        private readonly IDbContextTransaction? outer = parameters.Connection.CurrentTransaction;

        public IHistoryRepository HistoryRepository => history;

        // A migration that failed has its transaction still open here; released inside it, the lock would be back with its rollback, for ever.
        public void Dispose()
        {
            if (parameters.Connection.CurrentTransaction is { } failed && failed != outer)
            {
                failed.Rollback();
            }

            release.ExecuteNonQuery(parameters);
        }

        public async ValueTask DisposeAsync()
        {
            if (parameters.Connection.CurrentTransaction is { } failed && failed != outer)
            {
                await failed.RollbackAsync().ConfigureAwait(false);
            }

            await release.ExecuteNonQueryAsync(parameters).ConfigureAwait(false);
        }
    }
}
