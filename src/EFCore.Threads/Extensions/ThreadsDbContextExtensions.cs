using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Microsoft.EntityFrameworkCore;

/// <summary>What a context connected by <c>UseThreads</c> has beyond any other.</summary>
public static class ThreadsDbContextExtensions
{
    extension(DbContext context)
    {
        /// <summary>The thread behind this context: its id and logs, exchange with other peers, verification.</summary>
        public ThreadFacade Thread => new(context);

        /// <summary>Who may do what in the thread: roles, groups, lists, and what was refused.</summary>
        public AccessFacade Access => new(context);

        /// <summary>Values under keys; the store needs no place in the model.</summary>
        public KeyValueStore KeyValues(string name) => new(context, name);

        /// <summary>JSON documents with keys and without a schema; the store needs no place in the model.</summary>
        public DocumentStore Documents(string name) => new(context, name);

        /// <summary>The documents of a store that the model has by <c>DocumentStore&lt;T&gt;(name)</c>; saved with the context's other changes, in one record.</summary>
        public DbSet<Document<T>> Documents<T>(string name)
            where T : class
            => context.Set<Document<T>>(name);
    }
}
