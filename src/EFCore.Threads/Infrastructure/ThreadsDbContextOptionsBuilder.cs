using Microsoft.EntityFrameworkCore.Threads.Infrastructure;

namespace Microsoft.EntityFrameworkCore.Infrastructure;

/// <summary>What the second argument of <c>UseThreads</c> configures: timeouts, batching, the migrations assembly, query splitting and so on.</summary>
/// <param name="optionsBuilder">The builder of the context's options.</param>
public class ThreadsDbContextOptionsBuilder(DbContextOptionsBuilder optionsBuilder)
    : RelationalDbContextOptionsBuilder<ThreadsDbContextOptionsBuilder, ThreadsOptionsExtension>(optionsBuilder);
