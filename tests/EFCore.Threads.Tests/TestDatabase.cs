using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace EFCore.Threads.Tests;

/// <summary>A file of its own for a test, gone with its companions afterwards.</summary>
public sealed class TestDatabase : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("threads-ef-").FullName;

    public string Path => System.IO.Path.Combine(folder, "test.db");

    public string ConnectionString => $"Data Source={Path};Pooling=False";

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>A context with the model that <paramref name="model"/> builds; every call makes its own.</summary>
    public ModelContext Context(Action<ModelBuilder> model, Action<ThreadsDbContextOptionsBuilder>? options = null, Action<string>? log = null)
        => new(o =>
        {
            o.UseThreads(ConnectionString, options);
            if (log is not null)
            {
                o.LogTo(log);
            }
        }, model);

    /// <summary>The same, with its tables made.</summary>
    public ModelContext Created(Action<ModelBuilder> model, Action<ThreadsDbContextOptionsBuilder>? options = null)
    {
        var context = Context(model, options);
        context.Database.EnsureCreated();
        return context;
    }
}

/// <summary>A context whose model is given from outside; models are not cached across contexts.</summary>
public sealed class ModelContext(Action<DbContextOptionsBuilder> configure, Action<ModelBuilder> model) : DbContext
{
    private readonly object identity = new();

    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder)
    {
        configure(optionsBuilder);
        optionsBuilder.ReplaceService<IModelCacheKeyFactory, PerContext>();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder) => model(modelBuilder);

    private sealed class PerContext : IModelCacheKeyFactory
    {
        public object Create(DbContext context, bool designTime) => (((ModelContext)context).identity, designTime);
    }
}
