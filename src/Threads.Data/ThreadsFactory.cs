using System.Data.Common;

namespace Threads.Data;

/// <summary>Makes the types of this provider, for code that knows only System.Data.Common.</summary>
public sealed class ThreadsFactory : DbProviderFactory
{
    /// <summary>The one instance.</summary>
    public static readonly ThreadsFactory Instance = new();

    private ThreadsFactory()
    {
    }

    /// <inheritdoc/>
    public override bool CanCreateBatch => true;

    /// <inheritdoc/>
    public override DbConnection CreateConnection() => new ThreadsConnection();

    /// <inheritdoc/>
    public override DbCommand CreateCommand() => new ThreadsCommand();

    /// <inheritdoc/>
    public override DbParameter CreateParameter() => new ThreadsParameter();

    /// <inheritdoc/>
    public override DbConnectionStringBuilder CreateConnectionStringBuilder() => new ThreadsConnectionStringBuilder();

    /// <inheritdoc/>
    public override DbBatch CreateBatch() => new ThreadsBatch();

    /// <inheritdoc/>
    public override DbBatchCommand CreateBatchCommand() => new ThreadsBatchCommand();

    /// <inheritdoc/>
    public override DbDataSource CreateDataSource(string connectionString) => new ThreadsDataSource(connectionString);
}
