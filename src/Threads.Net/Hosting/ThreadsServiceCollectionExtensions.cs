using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Threads.Data;
using Threads.Net.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Threads in an application host: data sources, and the peer that keeps them in sync as long as the host runs.</summary>
public static class ThreadsServiceCollectionExtensions
{
    /// <summary>Registers a database as a <see cref="ThreadsDataSource"/>, one for the life of the application. Call it again for further databases.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="connectionString">For example <c>Data Source=notes.db</c>.</param>
    public static ThreadsBuilder AddThreads(this IServiceCollection services, string connectionString)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        return services.AddThreads((_, builder) => builder.ConnectionStringBuilder.ConnectionString = connectionString);
    }

    /// <summary>Registers a database whose data source is put together from the application's services. Its diagnostics go to the application's loggers.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets at least the connection string.</param>
    public static ThreadsBuilder AddThreads(this IServiceCollection services, Action<IServiceProvider, ThreadsDataSourceBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddSingleton(provider =>
        {
            var builder = new ThreadsDataSourceBuilder();
            if (provider.GetService<ILoggerFactory>() is { } loggers)
            {
                builder.UseLoggerFactory(loggers);
            }

            configure(provider, builder);
            return builder.Build();
        });
        return new(services);
    }

    /// <summary>
    /// Starts a peer with the host, which serves every database of <see cref="AddThreads(IServiceCollection, string)"/>, and stops it with the host: connected peers get
    /// what was committed last, as far as <see cref="ThreadsHostingOptions.FarewellTimeout"/> reaches. <see cref="ThreadsPeerService"/> gives the peer out.
    /// </summary>
    /// <param name="builder">From AddThreads.</param>
    /// <param name="configure">Listening addresses and the rest; options of the configuration count as well.</param>
    public static ThreadsBuilder AddPeer(this ThreadsBuilder builder, Action<ThreadsHostingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddOptions<ThreadsHostingOptions>().Configure(configure ?? (_ => { }));
        builder.Services.TryAddSingleton<ThreadsPeerService>();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ThreadsPeerService>(provider => provider.GetRequiredService<ThreadsPeerService>()));
        return builder;
    }
}
