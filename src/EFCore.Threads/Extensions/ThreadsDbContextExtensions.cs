using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Microsoft.EntityFrameworkCore;

/// <summary>What a context connected by <c>UseThreads</c> has beyond any other.</summary>
public static class ThreadsDbContextExtensions
{
    extension(DbContext context)
    {
        /// <summary>The thread behind this context: its id and logs, exchange with other peers, verification.</summary>
        public ThreadFacade Thread => new(context);
    }
}
