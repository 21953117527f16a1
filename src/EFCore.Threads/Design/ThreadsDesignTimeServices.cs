using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Design.Internal;
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
#pragma warning disable EF1001 // the generator of compiled models is registered under the interface of EF Core's own
        new EntityFrameworkRelationalDesignServicesBuilder(serviceCollection)
            .TryAdd<IAnnotationCodeGenerator, ThreadsAnnotationCodeGenerator>()
            .TryAdd<ICSharpRuntimeAnnotationCodeGenerator, ThreadsCSharpRuntimeAnnotationCodeGenerator>()
            .TryAdd<IDatabaseModelFactory, ThreadsDatabaseModelFactory>()
            .TryAdd<IProviderConfigurationCodeGenerator, ThreadsCodeGenerator>()
            .TryAddCoreServices();
#pragma warning restore EF1001
    }
}
