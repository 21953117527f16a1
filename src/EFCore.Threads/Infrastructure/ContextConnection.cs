using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Threads.Data;

namespace Microsoft.EntityFrameworkCore.Threads.Infrastructure;

/// <summary>A context's own connection, opened for one piece of work where it is closed.</summary>
internal static class ContextConnection
{
    public static T UseConnection<T>(this DbContext context, Func<ThreadsConnection, T> work)
    {
        var connection = context.GetService<IRelationalConnection>();
        connection.Open();
        try
        {
            return work((ThreadsConnection)connection.DbConnection);
        }
        finally
        {
            connection.Close();
        }
    }

    public static async Task<T> UseConnectionAsync<T>(this DbContext context, Func<ThreadsConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        var connection = context.GetService<IRelationalConnection>();
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await work((ThreadsConnection)connection.DbConnection).ConfigureAwait(false);
        }
        finally
        {
            await connection.CloseAsync().ConfigureAwait(false);
        }
    }
}
