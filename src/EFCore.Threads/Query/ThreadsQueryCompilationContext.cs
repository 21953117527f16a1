using Microsoft.EntityFrameworkCore.Query;

namespace Microsoft.EntityFrameworkCore.Threads.Query;

/// <summary>A query being compiled; queries may also be compiled ahead of time.</summary>
#pragma warning disable EF9100 // precompiled queries are still marked experimental
internal sealed class ThreadsQueryCompilationContext(
    QueryCompilationContextDependencies dependencies,
    RelationalQueryCompilationContextDependencies relationalDependencies,
    bool async,
    bool precompiling = false)
    : RelationalQueryCompilationContext(dependencies, relationalDependencies, async, precompiling)
{
    public override bool SupportsPrecompiledQuery => true;
}

/// <summary>Makes the context for one query.</summary>
internal sealed class ThreadsQueryCompilationContextFactory(
    QueryCompilationContextDependencies dependencies, RelationalQueryCompilationContextDependencies relationalDependencies)
    : IQueryCompilationContextFactory
{
    public QueryCompilationContext Create(bool async) => new ThreadsQueryCompilationContext(dependencies, relationalDependencies, async);

    public QueryCompilationContext CreatePrecompiled(bool async)
        => new ThreadsQueryCompilationContext(dependencies, relationalDependencies, async, precompiling: true);
}
#pragma warning restore EF9100
