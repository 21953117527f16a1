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

    /// <summary>
    /// Settles conflicts (<c>context.Thread.Conflicts</c>) by a policy, asked after each <c>context.Thread.ImportAsync</c> and by <c>ResolveConflictsAsync</c>: of each conflict what is to
    /// become of it, or null to leave it to a person. Where several peers have a policy, it should decide the same everywhere: by the rows' values, or always
    /// <see cref="ConflictResolution.KeepShown"/>.
    /// </summary>
    public virtual ThreadsDbContextOptionsBuilder OnConflict(Func<DbContext, ThreadConflictRow, CancellationToken, ValueTask<ConflictResolution?>> policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return WithOption(e => e.WithConflictPolicy(policy));
    }
}
