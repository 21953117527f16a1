using Microsoft.Extensions.DependencyInjection;

namespace Threads.Net.Hosting;

/// <summary>Goes on from <see cref="ThreadsServiceCollectionExtensions.AddThreads(IServiceCollection, string)"/>.</summary>
public sealed class ThreadsBuilder
{
    internal ThreadsBuilder(IServiceCollection services) => Services = services;

    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; }
}
