using System.Globalization;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Threads.Data;

namespace Microsoft.EntityFrameworkCore.Threads.Infrastructure;

/// <summary>What <c>UseThreads</c> puts into the options of a context: the connection, or the data source it comes from.</summary>
public class ThreadsOptionsExtension : RelationalOptionsExtension
{
    private ExtensionInfo? info;

    /// <summary>Options without a connection yet.</summary>
    public ThreadsOptionsExtension()
    {
    }

    /// <summary>A copy, for <see cref="Clone"/>.</summary>
    protected ThreadsOptionsExtension(ThreadsOptionsExtension from)
        : base(from)
    {
        DataSource = from.DataSource;
        MigrationProgress = from.MigrationProgress;
        ConflictPolicy = from.ConflictPolicy;
    }

    /// <summary>The data source connections come from; null when a connection or a connection string was given.</summary>
    public virtual ThreadsDataSource? DataSource { get; private set; }

    /// <summary>Told how filling tables goes on after a migration; null: nobody.</summary>
    public virtual IProgress<ThreadsProgress>? MigrationProgress { get; private set; }

    /// <summary>What decides conflicts; null: a person.</summary>
    public virtual Func<DbContext, ThreadConflictRow, CancellationToken, ValueTask<ConflictResolution?>>? ConflictPolicy { get; private set; }

    /// <inheritdoc />
    public override DbContextOptionsExtensionInfo Info => info ??= new ExtensionInfo(this);

    /// <summary>The same options with connections from <paramref name="dataSource"/>.</summary>
    public virtual ThreadsOptionsExtension WithDataSource(ThreadsDataSource? dataSource)
    {
        var clone = (ThreadsOptionsExtension)Clone();
        clone.DataSource = dataSource;
        return clone;
    }

    /// <summary>The same options with somebody who is told how filling tables goes on after a migration.</summary>
    public virtual ThreadsOptionsExtension WithMigrationProgress(IProgress<ThreadsProgress>? progress)
    {
        var clone = (ThreadsOptionsExtension)Clone();
        clone.MigrationProgress = progress;
        return clone;
    }

    /// <summary>The same options with a policy for conflicts.</summary>
    public virtual ThreadsOptionsExtension WithConflictPolicy(Func<DbContext, ThreadConflictRow, CancellationToken, ValueTask<ConflictResolution?>>? policy)
    {
        var clone = (ThreadsOptionsExtension)Clone();
        clone.ConflictPolicy = policy;
        return clone;
    }

    /// <inheritdoc />
    public override void ApplyServices(IServiceCollection services) => services.AddEntityFrameworkThreads();

    /// <inheritdoc />
    protected override RelationalOptionsExtension Clone() => new ThreadsOptionsExtension(this);

    // Which data source feeds a context is scoped state, read anew from its options; all contexts share one service provider.
    private sealed class ExtensionInfo(ThreadsOptionsExtension extension) : RelationalExtensionInfo(extension)
    {
        public override bool IsDatabaseProvider => true;

        public override string LogFragment => base.LogFragment + (extension.DataSource is null ? "" : "DataSource ");

        public override bool ShouldUseSameServiceProvider(DbContextOptionsExtensionInfo other) => other is ExtensionInfo;

        public override void PopulateDebugInfo(IDictionary<string, string> debugInfo)
            => debugInfo["Threads"] = (extension.DataSource?.GetHashCode() ?? 0).ToString(CultureInfo.InvariantCulture);
    }
}
