using System.Data;
using System.Transactions;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Threads.Metadata;
using Microsoft.EntityFrameworkCore.Threads.Migrations;
using SQLitePCL;
using Threads.Data;

namespace Microsoft.EntityFrameworkCore.Threads.Storage;

/// <summary><c>EnsureCreated</c>, <c>EnsureDeleted</c>, <c>CanConnect</c>: the file is made by opening it, and goes with its companions.</summary>
internal sealed class ThreadsDatabaseCreator(
    RelationalDatabaseCreatorDependencies dependencies, IThreadsRelationalConnection connection, IRawSqlCommandBuilder commands)
    : RelationalDatabaseCreator(dependencies)
{
    // Tables of the log itself are there from the first opening on, and sqlite_sequence stays when the last table has gone.
    private const string CountTables =
        """SELECT COUNT(*) FROM "sqlite_master" WHERE "type" = 'table' AND "rootpage" IS NOT NULL AND "name" NOT GLOB '_threads_*' AND "name" NOT GLOB 'threads_*' AND "name" NOT GLOB '_threads_*' AND "name" NOT GLOB 'sqlite_*';""";

    public override void Create()
    {
        connection.Open();
        try
        {
            commands.Build("PRAGMA journal_mode = 'wal';").ExecuteNonQuery(Parameters());
        }
        finally
        {
            connection.Close();
        }
    }

    public override bool Exists()
    {
        var options = new ThreadsConnectionStringBuilder(connection.ConnectionString);
        if (IsInMemory(options) || connection.DbConnection.State == ConnectionState.Open)
        {
            return true;
        }

        using var readOnly = connection.CreateReadOnlyConnection();
        try
        {
            readOnly.Open(errorsExpected: true);
            return true;
        }
        catch (ThreadsException e) when (e.SqliteErrorCode == raw.SQLITE_CANTOPEN)
        {
            return false;
        }
    }

    public override bool HasTables() => (long)commands.Build(CountTables).ExecuteScalar(Parameters())! > 0;

    public override async Task<bool> HasTablesAsync(CancellationToken cancellationToken = default)
        => (long)(await commands.Build(CountTables).ExecuteScalarAsync(Parameters(), cancellationToken).ConfigureAwait(false))! > 0;

    public override void Delete()
    {
        var database = (ThreadsConnection)connection.DbConnection;
        if (IsInMemory(new ThreadsConnectionStringBuilder(connection.ConnectionString)))
        {
            // What lives in memory goes when its last connection does; one that was open must be open afterwards.
            if (database.State == ConnectionState.Open)
            {
                database.Close();
                ThreadsConnection.ClearPool(database);
                database.Open();
            }

            return;
        }

        var path = database.DataSource;
        if (database.State != ConnectionState.Open)
        {
            connection.Open();
            path = database.DataSource;
            connection.Close();
        }

        ThreadsConnection.ClearAllPools();
        foreach (var suffix in new[] { "", "-wal", "-shm", "-journal" })
        {
            File.Delete(path + suffix);
        }
    }

    public override bool EnsureCreated()
    {
        using var transactions = new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
        var created = !Exists();
        if (created)
        {
            Create();
        }

        if (created || !HasTables())
        {
            CreateTables();
            MakeLists();
            created = true;
        }

        var core = Dependencies.ContextOptions.FindExtension<CoreOptionsExtension>();
        if (core?.Seeder is { } seeder)
        {
            var context = Dependencies.CurrentContext.Context;
            connection.Open();
            try
            {
                ThreadsMigrator.AsSeed((connection.DbConnection as ThreadsConnection)?.Thread, () =>
                {
                    using var transaction = context.Database.BeginTransaction();
                    seeder(context, created);
                    transaction.Commit();
                });
            }
            finally
            {
                connection.Close();
            }
        }
        else if (core?.AsyncSeeder is not null)
        {
            throw new InvalidOperationException(CoreStrings.MissingSeeder);
        }

        return created;
    }

    public override async Task<bool> EnsureCreatedAsync(CancellationToken cancellationToken = default)
    {
        using var transactions = new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
        var created = !await ExistsAsync(cancellationToken).ConfigureAwait(false);
        if (created)
        {
            await CreateAsync(cancellationToken).ConfigureAwait(false);
        }

        if (created || !await HasTablesAsync(cancellationToken).ConfigureAwait(false))
        {
            await CreateTablesAsync(cancellationToken).ConfigureAwait(false);
            await Task.Run(MakeLists, cancellationToken).ConfigureAwait(false);
            created = true;
        }

        var core = Dependencies.ContextOptions.FindExtension<CoreOptionsExtension>();
        if (core?.AsyncSeeder is { } seeder)
        {
            var context = Dependencies.CurrentContext.Context;
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await ThreadsMigrator.AsSeedAsync((connection.DbConnection as ThreadsConnection)?.Thread, async () =>
                {
                    var transaction = await context.Database.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
                    await using var _ = transaction.ConfigureAwait(false);
                    await seeder(context, created, cancellationToken).ConfigureAwait(false);
                    await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                }).ConfigureAwait(false);
            }
            finally
            {
                await connection.CloseAsync().ConfigureAwait(false);
            }
        }
        else if (core?.Seeder is not null)
        {
            throw new InvalidOperationException(CoreStrings.MissingSeeder);
        }

        return created;
    }

    /// <summary>Access lists that the model has tables begin with.</summary>
    private void MakeLists()
    {
        connection.Open();
        try
        {
            ModelAccess.Apply(Dependencies.CurrentContext.Context.Model, (ThreadsConnection)connection.DbConnection);
        }
        finally
        {
            connection.Close();
        }
    }

    private static bool IsInMemory(ThreadsConnectionStringBuilder options)
        => options.Mode == SqliteOpenMode.Memory
            || options.DataSource.Length == 0
            || options.DataSource.Equals(":memory:", StringComparison.OrdinalIgnoreCase);

    private RelationalCommandParameterObject Parameters()
        => new(connection, null, null, Dependencies.CurrentContext.Context, Dependencies.CommandLogger, CommandSource.Migrations);
}
