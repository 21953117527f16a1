using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.ValueGeneration;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.EntityFrameworkCore.Threads.ValueGeneration;

/// <summary>Keys that need no other peer are made here; for the rest EF Core makes temporary values until the database has answered.</summary>
internal sealed class ThreadsValueGeneratorSelector(ValueGeneratorSelectorDependencies dependencies, IDbContextOptions options)
    : RelationalValueGeneratorSelector(dependencies)
{
    private readonly TimeProvider time =
        options.FindExtension<CoreOptionsExtension>()?.ApplicationServiceProvider?.GetService<TimeProvider>() ?? TimeProvider.System;

    protected override ValueGenerator? FindForType(IProperty property, ITypeBase typeBase, Type clrType)
    {
        if (clrType == typeof(string) && property.GetValueGenerationStrategy() == ThreadsValueGenerationStrategy.Ulid)
        {
            return new UlidValueGenerator(time);
        }

        var generated = base.FindForType(property, typeBase, clrType);
        return clrType == typeof(Guid) && generated is { GeneratesTemporaryValues: false } ? new GuidVersion7ValueGenerator(time) : generated;
    }
}
