using System.Reflection;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Scaffolding;

namespace Microsoft.EntityFrameworkCore.Threads.Scaffolding;

/// <summary>Writes <c>UseThreads(…)</c> into a scaffolded context.</summary>
internal sealed class ThreadsCodeGenerator(ProviderCodeGeneratorDependencies dependencies) : ProviderCodeGenerator(dependencies)
{
    private static readonly MethodInfo UseThreads = typeof(ThreadsDbContextOptionsBuilderExtensions).GetMethod(
        nameof(ThreadsDbContextOptionsBuilderExtensions.UseThreads),
        [typeof(DbContextOptionsBuilder), typeof(string), typeof(Action<ThreadsDbContextOptionsBuilder>)])!;

    public override MethodCallCodeFragment GenerateUseProvider(string connectionString, MethodCallCodeFragment? providerOptions)
        => providerOptions is null
            ? new(UseThreads, connectionString)
            : new(UseThreads, connectionString, new NestedClosureCodeFragment("x", providerOptions));
}
