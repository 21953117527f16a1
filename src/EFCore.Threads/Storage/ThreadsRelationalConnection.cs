using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Threads.Diagnostics;
using Microsoft.EntityFrameworkCore.Threads.Infrastructure;
using Microsoft.EntityFrameworkCore.Threads.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Threads.Data;

namespace Microsoft.EntityFrameworkCore.Threads.Storage;

/// <summary>A context's connection; it may look at the same file read-only.</summary>
internal interface IThreadsRelationalConnection : IRelationalConnection
{
    /// <summary>A second connection that writes nothing and leaves no pool behind.</summary>
    IRelationalConnection CreateReadOnlyConnection();
}

/// <summary>Opens a <see cref="ThreadsConnection"/> of its own or uses the one it was given, and registers the functions that queries call.</summary>
internal sealed class ThreadsRelationalConnection(
    RelationalConnectionDependencies dependencies, IDiagnosticsLogger<DbLoggerCategory.Infrastructure> logger)
    : RelationalConnection(dependencies), IThreadsRelationalConnection
{
    private DbConnection? prepared;

    [AllowNull]
    public override DbConnection DbConnection
    {
        get
        {
            var connection = base.DbConnection;
            if (!ReferenceEquals(connection, prepared))
            {
                prepared = connection;
                Prepare(connection);
            }

            return connection;
        }
        set => base.DbConnection = value;
    }

    public override bool Open(bool errorsExpected = false)
    {
        var isOpened = base.Open(errorsExpected);
        DeclareSchemas();
        return isOpened;
    }

    public override async Task<bool> OpenAsync(CancellationToken cancellationToken, bool errorsExpected = false)
    {
        var isOpened = await base.OpenAsync(cancellationToken, errorsExpected).ConfigureAwait(false);
        DeclareSchemas();
        return isOpened;
    }

    public IRelationalConnection CreateReadOnlyConnection()
    {
        var connectionString = new ThreadsConnectionStringBuilder(ConnectionString) { Mode = SqliteOpenMode.ReadOnly, Pooling = false };
        var options = new DbContextOptionsBuilder().UseThreads(connectionString.ToString()).Options;
        return new ThreadsRelationalConnection(Dependencies with { ContextOptions = options }, logger);
    }

    protected override DbConnection CreateDbConnection()
    {
        var source = Dependencies.ContextOptions.FindExtension<ThreadsOptionsExtension>()?.DataSource;
        var core = Dependencies.ContextOptions.FindExtension<CoreOptionsExtension>();
        if (ConnectionString is null)
        {
            source ??= core?.ApplicationServiceProvider?.GetService<ThreadsDataSource>();
        }
        else if (source is not null && source.ConnectionString != ConnectionString)
        {
            source = null;
        }

        if (source is not null)
        {
            return source.CreateConnection();
        }

        // A data source has the loggers it was given; a connection of this context's own has the context's.
        var connection = new ThreadsConnection(GetValidatedConnectionString());
        if ((core?.LoggerFactory ?? core?.ApplicationServiceProvider?.GetService<ILoggerFactory>()) is { } loggers)
        {
            connection.UseLoggerFactory(loggers);
        }

        return connection;
    }

    // A connection may come from a pool or be shared with a context of another model: the one that uses it now says what its tables hold.
    private void DeclareSchemas()
    {
        if (base.DbConnection is ThreadsConnection { State: ConnectionState.Open } threads && Dependencies.CurrentContext.Context.Model is { } model)
        {
            threads.Thread.UseJsonSchemas(ModelSchemaRules.Of(model));
        }
    }

    // Functions live on the physical connection, which is another one each time this one opens. The handler is static: however many contexts
    // share a connection, it is attached once and keeps none of them alive.
    private void Prepare(DbConnection connection)
    {
        if (connection is not ThreadsConnection threads)
        {
            logger.UnexpectedConnectionTypeWarning(connection.GetType());
            return;
        }

        if (CommandTimeout is { } timeout)
        {
            threads.DefaultTimeout = timeout;
        }

        threads.StateChange -= RegisterFunctions;
        threads.StateChange += RegisterFunctions;
        if (threads.Handle is { } db)
        {
            ThreadsFunctions.Register(db);
        }
    }

    private static void RegisterFunctions(object sender, StateChangeEventArgs e)
    {
        if (e.CurrentState == ConnectionState.Open && ((ThreadsConnection)sender).Handle is { } db)
        {
            ThreadsFunctions.Register(db);
        }
    }
}
