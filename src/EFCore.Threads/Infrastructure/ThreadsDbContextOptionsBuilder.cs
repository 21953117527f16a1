using Microsoft.EntityFrameworkCore.Threads.Infrastructure;
using Threads.Data;

namespace Microsoft.EntityFrameworkCore.Infrastructure;

/// <summary>What the second argument of <c>UseThreads</c> configures: timeouts, batching, the migrations assembly, query splitting and so on.</summary>
/// <param name="optionsBuilder">The builder of the context's options.</param>
public class ThreadsDbContextOptionsBuilder(DbContextOptionsBuilder optionsBuilder)
    : RelationalDbContextOptionsBuilder<ThreadsDbContextOptionsBuilder, ThreadsOptionsExtension>(optionsBuilder)
{
    /// <summary>
    /// Tells <paramref name="progress"/> how filling tables goes on after <c>Migrate</c>: what peers sent for tables and columns that were not here yet is folded then, with the
    /// migration's lock free. Records read, of how many.
    /// </summary>
    public virtual ThreadsDbContextOptionsBuilder MigrationProgress(IProgress<ThreadsProgress>? progress) => WithOption(e => e.WithMigrationProgress(progress));
}
