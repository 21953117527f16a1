using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Update;

namespace Microsoft.EntityFrameworkCore.Threads.Update;

/// <summary>
/// Several rows in one command. There is no network to save trips over; what a batch saves is a command, a reader and their log events per row, and
/// beyond a few rows nothing more.
/// </summary>
internal sealed class ThreadsModificationCommandBatch(ModificationCommandBatchFactoryDependencies dependencies, int maxBatchSize)
    : AffectedCountModificationCommandBatch(dependencies, maxBatchSize);

/// <summary>Makes batches of the size the options say.</summary>
internal sealed class ThreadsModificationCommandBatchFactory(ModificationCommandBatchFactoryDependencies dependencies, IDbContextOptions options)
    : IModificationCommandBatchFactory
{
    private const int DefaultSize = 1;

    private readonly int size = RelationalOptionsExtension.Extract(options).MaxBatchSize ?? DefaultSize;

    public ModificationCommandBatch Create()
        => size == 1 ? new SingularModificationCommandBatch(dependencies) : new ThreadsModificationCommandBatch(dependencies, size);
}
