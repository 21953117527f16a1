using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Scaffolding;
using Microsoft.EntityFrameworkCore.Threads.Scaffolding;
using Microsoft.Extensions.DependencyInjection;

[assembly: DesignTimeProviderServices("Microsoft.EntityFrameworkCore.Threads.Design.ThreadsDesignTimeServices")]

namespace Microsoft.EntityFrameworkCore.Threads.Design;

/// <summary>What <c>dotnet ef</c> finds this provider's scaffolding and code generation by.</summary>
public class ThreadsDesignTimeServices : IDesignTimeServices
{
    /// <inheritdoc />
    public virtual void ConfigureDesignTimeServices(IServiceCollection serviceCollection)
    {
        serviceCollection.AddEntityFrameworkThreads();
        new EntityFrameworkRelationalDesignServicesBuilder(serviceCollection)
            .TryAdd<IAnnotationCodeGenerator, ThreadsAnnotationCodeGenerator>()
            .TryAdd<IDatabaseModelFactory, ThreadsDatabaseModelFactory>()
            .TryAdd<IProviderConfigurationCodeGenerator, ThreadsCodeGenerator>()
            .TryAddCoreServices();
    }
}
