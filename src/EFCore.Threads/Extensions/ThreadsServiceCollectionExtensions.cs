using System.ComponentModel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Conventions;
using Microsoft.EntityFrameworkCore.Metadata.Conventions.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Threads.Diagnostics;
using Microsoft.EntityFrameworkCore.Threads.Infrastructure;
using Microsoft.EntityFrameworkCore.Threads.Metadata;
using Microsoft.EntityFrameworkCore.Threads.Migrations;
using Microsoft.EntityFrameworkCore.Threads.Query;
using Microsoft.EntityFrameworkCore.Threads.Query.Translators;
using Microsoft.EntityFrameworkCore.Threads.Storage;
using Microsoft.EntityFrameworkCore.Threads.Update;
using Microsoft.EntityFrameworkCore.Threads.ValueGeneration;
using Microsoft.EntityFrameworkCore.Update;
using Microsoft.EntityFrameworkCore.ValueGeneration;
using Microsoft.Extensions.Logging;
using Threads.Data;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers contexts, data sources and the services of this provider.</summary>
public static class ThreadsServiceCollectionExtensions
{
    /// <summary>A context on the thread in the file that <paramref name="connectionString"/> names.</summary>
    public static IServiceCollection AddThreads<TContext>(
        this IServiceCollection services,
        string? connectionString,
        Action<ThreadsDbContextOptionsBuilder>? threadsOptions = null,
        Action<DbContextOptionsBuilder>? options = null)
        where TContext : DbContext
        => services.AddDbContext<TContext>((_, builder) =>
        {
            options?.Invoke(builder);
            builder.UseThreads(connectionString, threadsOptions);
        });

    /// <summary>
    /// A data source for the whole application, with its loggers; contexts configured with <c>UseThreads()</c> and raw ADO.NET take their connections from it.
    /// </summary>
    public static IServiceCollection AddThreadsDataSource(this IServiceCollection services, string connectionString)
        => services.AddSingleton(provider =>
        {
            var builder = new ThreadsDataSourceBuilder(connectionString);
            return (provider.GetService<ILoggerFactory>() is { } loggers ? builder.UseLoggerFactory(loggers) : builder).Build();
        });

    /// <summary>The provider's services: its table of contents. Applications call <c>UseThreads</c>, which calls this.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static IServiceCollection AddEntityFrameworkThreads(this IServiceCollection services)
    {
        new EntityFrameworkRelationalServicesBuilder(services)
            .TryAdd<LoggingDefinitions, ThreadsLoggingDefinitions>()
            .TryAdd<IDatabaseProvider, DatabaseProvider<ThreadsOptionsExtension>>()

            .TryAdd<IModelValidator, ThreadsModelValidator>()
            .TryAdd<IProviderConventionSetBuilder, ThreadsConventionSetBuilder>()
            .TryAdd<IRelationalAnnotationProvider, ThreadsAnnotationProvider>()
            .TryAdd<IValueGeneratorSelector, ThreadsValueGeneratorSelector>()

            .TryAdd<IRelationalTypeMappingSource, ThreadsTypeMappingSource>()
            .TryAdd<ISqlGenerationHelper, ThreadsSqlGenerationHelper>()
            .TryAdd<IRelationalConnection>(p => p.GetRequiredService<IThreadsRelationalConnection>())
            .TryAdd<IRelationalDatabaseCreator, ThreadsDatabaseCreator>()

            .TryAdd<IUpdateSqlGenerator, ThreadsUpdateSqlGenerator>()
            .TryAdd<IBatchExecutor, SchemaCheckedBatches>()
            .TryAdd<IInterceptor, TextSaves>()
            .TryAdd<IModificationCommandFactory, ThreadsModificationCommandFactory>()
            .TryAdd<IModificationCommandBatchFactory, ThreadsModificationCommandBatchFactory>()

            .TryAdd<IMigrationsSqlGenerator, ThreadsMigrationsSqlGenerator>()
            .TryAdd<IMigrator, ThreadsMigrator>()
            .TryAdd<IMigrationCommandExecutor, ThreadsMigrationCommandExecutor>()
            .TryAdd<IHistoryRepository, ThreadsHistoryRepository>()

            .TryAdd<IQueryCompilationContextFactory, ThreadsQueryCompilationContextFactory>()
            .TryAdd<IQueryableMethodTranslatingExpressionVisitorFactory, ThreadsQueryableMethodTranslatingVisitorFactory>()
            .TryAdd<IRelationalSqlTranslatingExpressionVisitorFactory, ThreadsSqlTranslatingVisitorFactory>()
            .TryAdd<IMethodCallTranslatorProvider, ThreadsMethodCallTranslatorProvider>()
            .TryAdd<IMemberTranslatorProvider, ThreadsMemberTranslatorProvider>()
            .TryAdd<IAggregateMethodCallTranslatorProvider, ThreadsAggregateTranslatorProvider>()
            .TryAdd<IQueryTranslationPostprocessorFactory, ThreadsQueryTranslationPostprocessorFactory>()
            .TryAdd<IRelationalParameterBasedSqlProcessorFactory, ThreadsParameterBasedSqlProcessorFactory>()
            .TryAdd<IQuerySqlGeneratorFactory, ThreadsQuerySqlGeneratorFactory>()
            .TryAdd<IRelationalQueryStringFactory, ThreadsQueryStringFactory>()

            .TryAddProviderSpecificServices(p => p
                .TryAddScoped<IThreadsRelationalConnection, ThreadsRelationalConnection>()
                .TryAddScoped<TextEditors, TextEditors>())
            .TryAddCoreServices();
        return services;
    }
}
