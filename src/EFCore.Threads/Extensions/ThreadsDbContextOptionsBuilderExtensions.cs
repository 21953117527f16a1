using System.Data.Common;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Threads.Infrastructure;
using Threads.Data;

namespace Microsoft.EntityFrameworkCore;

/// <summary>Connects a context to a thread: <c>options.UseThreads("Data Source=notes.db")</c>.</summary>
public static class ThreadsDbContextOptionsBuilderExtensions
{
    /// <summary>Uses a thread whose connection is set later, by <c>context.Database.SetConnectionString</c> or <c>SetDbConnection</c>.</summary>
    public static DbContextOptionsBuilder UseThreads(this DbContextOptionsBuilder builder, Action<ThreadsDbContextOptionsBuilder>? options = null)
        => Apply(builder, Existing(builder), options);

    /// <summary>Uses the thread in the file that <paramref name="connectionString"/> names; the context opens and closes its own connections.</summary>
    public static DbContextOptionsBuilder UseThreads(
        this DbContextOptionsBuilder builder, string? connectionString, Action<ThreadsDbContextOptionsBuilder>? options = null)
        => Apply(builder, Existing(builder).WithDataSource(null).WithConnectionString(connectionString), options);

    /// <summary>Uses an existing connection: the context opens it when it needs it open and closes it only if it opened it.</summary>
    public static DbContextOptionsBuilder UseThreads(
        this DbContextOptionsBuilder builder, DbConnection connection, Action<ThreadsDbContextOptionsBuilder>? options = null)
        => UseThreads(builder, connection, false, options);

    /// <summary>Uses an existing connection; with <paramref name="contextOwnsConnection"/> it is disposed with the context.</summary>
    public static DbContextOptionsBuilder UseThreads(
        this DbContextOptionsBuilder builder, DbConnection connection, bool contextOwnsConnection, Action<ThreadsDbContextOptionsBuilder>? options = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return Apply(builder, Existing(builder).WithDataSource(null).WithConnection(connection, contextOwnsConnection), options);
    }

    /// <summary>Takes connections from <paramref name="dataSource"/>, which raw ADO.NET may use at the same time; it outlives the context.</summary>
    public static DbContextOptionsBuilder UseThreads(
        this DbContextOptionsBuilder builder, ThreadsDataSource dataSource, Action<ThreadsDbContextOptionsBuilder>? options = null)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        return Apply(builder, Existing(builder).WithDataSource(dataSource).WithConnectionString(dataSource.ConnectionString), options);
    }

    /// <inheritdoc cref="UseThreads(DbContextOptionsBuilder, Action{ThreadsDbContextOptionsBuilder}?)"/>
    public static DbContextOptionsBuilder<TContext> UseThreads<TContext>(
        this DbContextOptionsBuilder<TContext> builder, Action<ThreadsDbContextOptionsBuilder>? options = null)
        where TContext : DbContext
        => (DbContextOptionsBuilder<TContext>)UseThreads((DbContextOptionsBuilder)builder, options);

    /// <inheritdoc cref="UseThreads(DbContextOptionsBuilder, string?, Action{ThreadsDbContextOptionsBuilder}?)"/>
    public static DbContextOptionsBuilder<TContext> UseThreads<TContext>(
        this DbContextOptionsBuilder<TContext> builder, string? connectionString, Action<ThreadsDbContextOptionsBuilder>? options = null)
        where TContext : DbContext
        => (DbContextOptionsBuilder<TContext>)UseThreads((DbContextOptionsBuilder)builder, connectionString, options);

    /// <inheritdoc cref="UseThreads(DbContextOptionsBuilder, DbConnection, Action{ThreadsDbContextOptionsBuilder}?)"/>
    public static DbContextOptionsBuilder<TContext> UseThreads<TContext>(
        this DbContextOptionsBuilder<TContext> builder, DbConnection connection, Action<ThreadsDbContextOptionsBuilder>? options = null)
        where TContext : DbContext
        => (DbContextOptionsBuilder<TContext>)UseThreads((DbContextOptionsBuilder)builder, connection, options);

    /// <inheritdoc cref="UseThreads(DbContextOptionsBuilder, DbConnection, bool, Action{ThreadsDbContextOptionsBuilder}?)"/>
    public static DbContextOptionsBuilder<TContext> UseThreads<TContext>(
        this DbContextOptionsBuilder<TContext> builder, DbConnection connection, bool contextOwnsConnection, Action<ThreadsDbContextOptionsBuilder>? options = null)
        where TContext : DbContext
        => (DbContextOptionsBuilder<TContext>)UseThreads((DbContextOptionsBuilder)builder, connection, contextOwnsConnection, options);

    /// <inheritdoc cref="UseThreads(DbContextOptionsBuilder, ThreadsDataSource, Action{ThreadsDbContextOptionsBuilder}?)"/>
    public static DbContextOptionsBuilder<TContext> UseThreads<TContext>(
        this DbContextOptionsBuilder<TContext> builder, ThreadsDataSource dataSource, Action<ThreadsDbContextOptionsBuilder>? options = null)
        where TContext : DbContext
        => (DbContextOptionsBuilder<TContext>)UseThreads((DbContextOptionsBuilder)builder, dataSource, options);

    private static ThreadsOptionsExtension Existing(DbContextOptionsBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Options.FindExtension<ThreadsOptionsExtension>() ?? new ThreadsOptionsExtension();
    }

    private static DbContextOptionsBuilder Apply(
        DbContextOptionsBuilder builder, RelationalOptionsExtension extension, Action<ThreadsDbContextOptionsBuilder>? options)
    {
        var infrastructure = (IDbContextOptionsBuilderInfrastructure)builder;
        infrastructure.AddOrUpdateExtension((ThreadsOptionsExtension)extension);
        var core = builder.Options.FindExtension<CoreOptionsExtension>() ?? new CoreOptionsExtension();
        infrastructure.AddOrUpdateExtension(RelationalOptionsExtension.WithDefaultWarningConfiguration(core));
        options?.Invoke(new ThreadsDbContextOptionsBuilder(builder));
        return builder;
    }
}
