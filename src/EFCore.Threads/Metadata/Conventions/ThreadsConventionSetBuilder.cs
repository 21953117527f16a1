using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Metadata.Conventions.Infrastructure;
using Microsoft.EntityFrameworkCore.Threads.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.EntityFrameworkCore.Metadata.Conventions;

/// <summary>EF Core's relational conventions, with what is particular to SQLite's tables and to this provider's keys.</summary>
/// <param name="dependencies">Services the conventions use.</param>
/// <param name="relationalDependencies">Relational services the conventions use.</param>
public class ThreadsConventionSetBuilder(
    ProviderConventionSetBuilderDependencies dependencies, RelationalConventionSetBuilderDependencies relationalDependencies)
    : RelationalConventionSetBuilder(dependencies, relationalDependencies)
{
    /// <summary>The conventions, for building a model without a context.</summary>
    public static ConventionSet Build()
    {
        using var scope = CreateScope();
        using var context = scope.ServiceProvider.GetRequiredService<DbContext>();
        return ConventionSet.CreateConventionSet(context);
    }

    /// <summary>A model builder without a context.</summary>
    public static ModelBuilder CreateModelBuilder()
    {
        using var scope = CreateScope();
        using var context = scope.ServiceProvider.GetRequiredService<DbContext>();
        return new ModelBuilder(ConventionSet.CreateConventionSet(context), context.GetService<ModelDependencies>());
    }

    /// <inheritdoc />
    public override ConventionSet CreateConventionSet()
    {
        var conventions = base.CreateConventionSet();
        conventions.Replace<SharedTableConvention>(new ChecksPerTable(Dependencies, RelationalDependencies));
        conventions.Replace<RuntimeModelConvention>(new LeanRuntimeModel(Dependencies, RelationalDependencies));
        conventions.Replace<ValueGenerationConvention>(new KeyGeneration(Dependencies, RelationalDependencies));
        conventions.Add(new MergeAttributeConvention(Dependencies));
        return conventions;
    }

    private static IServiceScope CreateScope()
        => new ServiceCollection()
            .AddEntityFrameworkThreads()
            .AddDbContext<DbContext>((services, options) => options.UseThreads("Data Source=:memory:").UseInternalServiceProvider(services))
            .BuildServiceProvider()
            .GetRequiredService<IServiceScopeFactory>()
            .CreateScope();

    // The name of a check constraint belongs to its table, not to the database.
    private sealed class ChecksPerTable(
        ProviderConventionSetBuilderDependencies dependencies, RelationalConventionSetBuilderDependencies relationalDependencies)
        : SharedTableConvention(dependencies, relationalDependencies)
    {
        protected override bool CheckConstraintsUniqueAcrossTables => false;
    }

    // How a column is declared is a matter of migrations; a running application asks for its collation alone.
    private sealed class LeanRuntimeModel(
        ProviderConventionSetBuilderDependencies dependencies, RelationalConventionSetBuilderDependencies relationalDependencies)
        : RelationalRuntimeModelConvention(dependencies, relationalDependencies)
    {
        protected override void ProcessPropertyAnnotations(
            Dictionary<string, object?> annotations, IProperty property, RuntimeProperty runtimeProperty, bool runtime)
        {
            base.ProcessPropertyAnnotations(annotations, property, runtimeProperty, runtime);
            if (!runtime)
            {
                annotations.Remove(ThreadsAnnotationNames.Autoincrement);
                if (property.GetCollation() is { } collation)
                {
                    annotations[ThreadsAnnotationNames.Collation] = collation;
                }
            }
        }
    }

    private sealed class KeyGeneration(
        ProviderConventionSetBuilderDependencies dependencies, RelationalConventionSetBuilderDependencies relationalDependencies)
        : RelationalValueGenerationConvention(dependencies, relationalDependencies)
    {
        public override void ProcessPropertyAnnotationChanged(
            IConventionPropertyBuilder propertyBuilder,
            string name,
            IConventionAnnotation? annotation,
            IConventionAnnotation? oldAnnotation,
            IConventionContext<IConventionAnnotation> context)
        {
            if (name == ThreadsAnnotationNames.ValueGenerationStrategy)
            {
                propertyBuilder.ValueGenerated(GetValueGenerated(propertyBuilder.Metadata));
                return;
            }

            base.ProcessPropertyAnnotationChanged(propertyBuilder, name, annotation, oldAnnotation, context);
        }

        protected override ValueGenerated? GetValueGenerated(IConventionProperty property)
            => base.GetValueGenerated(property)
                ?? (property[ThreadsAnnotationNames.ValueGenerationStrategy] is ThreadsValueGenerationStrategy and not ThreadsValueGenerationStrategy.None
                    ? ValueGenerated.OnAdd
                    : null);
    }
}
