using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Threads.Infrastructure;

namespace Microsoft.EntityFrameworkCore;

/// <summary>Questions about a context's database.</summary>
public static class ThreadsDatabaseFacadeExtensions
{
    /// <summary>Whether this context is connected by <c>UseThreads</c>.</summary>
    public static bool IsThreads(this DatabaseFacade database)
    {
        ArgumentNullException.ThrowIfNull(database);
        return database.ProviderName == typeof(ThreadsOptionsExtension).Assembly.GetName().Name;
    }
}
