using Microsoft.EntityFrameworkCore;

namespace TwoLaptops.Kitchen;

/// <summary>An ordinary EF Core model. The one line that makes it a thread is UseThreads.</summary>
public sealed class KitchenContext(string connectionString) : DbContext
{
    public DbSet<Recipe> Recipes => Set<Recipe>();

    public DbSet<Ingredient> Ingredients => Set<Ingredient>();

    public DbSet<ShoppingItem> Shopping => Set<ShoppingItem>();

    protected override void OnModelCreating(ModelBuilder model) => model.Entity<Recipe>().HasIndex(r => r.Title).IsUnique();

    protected override void OnConfiguring(DbContextOptionsBuilder options) => options.UseThreads(connectionString);
}
