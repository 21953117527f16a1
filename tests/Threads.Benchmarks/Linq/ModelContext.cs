using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Threads.Benchmarks.Linq;

/// <summary>A model of 50 related entity types with an index each, built anew for every context.</summary>
public sealed class ModelContext : DbContext
{
    private const int Types = 50;

    /// <summary>Builds the whole model, with its conventions and its relational and runtime parts.</summary>
    public static void Build()
    {
        using var db = new ModelContext();
        if (db.Model.GetEntityTypes().Count() != Types)
            throw new InvalidOperationException("The model lacks entity types.");
    }

    protected override void OnConfiguring(DbContextOptionsBuilder options)
    {
#if EF_SQLITE
        options.UseSqlite("Data Source=:memory:");
#else
        options.UseThreads("Data Source=:memory:");
#endif
        options.ReplaceService<IModelCacheKeyFactory, NeverCached>();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        for (var i = 0; i < Types; i++)
        {
            var before = i - 1;
            modelBuilder.SharedTypeEntity<Dictionary<string, object>>($"Type{i}", type =>
            {
                type.IndexerProperty<string>("Id").HasMaxLength(16);
                type.IndexerProperty<string>("Title").IsRequired();
                type.IndexerProperty<DateTime>("Made");
                type.IndexerProperty<decimal>("Price");
                type.IndexerProperty<string>("BeforeId");
                type.HasKey("Id");
                type.HasIndex("Made");
                if (before >= 0)
                    type.HasOne($"Type{before}", null).WithMany().HasForeignKey("BeforeId");
            });
        }
    }

    private sealed class NeverCached : IModelCacheKeyFactory
    {
#if EF_SQLITE
        public object Create(DbContext context) => new();
#endif

        public object Create(DbContext context, bool designTime) => new();
    }
}
