using System.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Threads.Data;

namespace EFCore.Threads.Tests;

public sealed class ConnectionTests : IDisposable
{
    private readonly TestDatabase database = new();

    public void Dispose() => database.Dispose();

    [Fact]
    public void UseThreads_takes_a_connection_string()
    {
        using var context = new DbContext(new DbContextOptionsBuilder().UseThreads(database.ConnectionString).Options);
        Assert.True(context.Database.IsThreads());
        Assert.True(context.Database.EnsureCreated());
        Assert.True(File.Exists(database.Path));
    }

    [Fact]
    public void UseThreads_takes_a_connection_and_leaves_it_as_it_was()
    {
        using var connection = new ThreadsConnection("Data Source=:memory:");
        connection.Open();
        using (var context = new DbContext(new DbContextOptionsBuilder().UseThreads(connection).Options))
        {
            Assert.Same(connection, context.Database.GetDbConnection());
            Assert.Equal(2.0, context.Database.SqlQuery<double>($"SELECT sqrt(4.0) AS \"Value\"").Single());
        }

        Assert.Equal(ConnectionState.Open, connection.State);
    }

    [Fact]
    public void UseThreads_disposes_a_connection_it_owns()
    {
        var connection = new ThreadsConnection("Data Source=:memory:");
        using (var context = new DbContext(new DbContextOptionsBuilder().UseThreads(connection, contextOwnsConnection: true).Options))
        {
            context.Database.OpenConnection();
        }

        Assert.Equal(ConnectionState.Closed, connection.State);
    }

    [Fact]
    public void UseThreads_takes_a_data_source_that_raw_sql_uses_too()
    {
        using var source = new ThreadsDataSource(database.ConnectionString);
        using var context = new DbContext(new DbContextOptionsBuilder().UseThreads(source).Options);
        context.Database.ExecuteSqlRaw("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES(1, 'x')");

        using var connection = source.OpenConnection();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT a FROM t";
        Assert.Equal("x", command.ExecuteScalar());
    }

    [Fact]
    public void UseThreads_without_arguments_takes_the_data_source_of_the_application()
    {
        using var services = new ServiceCollection()
            .AddThreadsDataSource(database.ConnectionString)
            .AddDbContext<DbContext>((_, o) => o.UseThreads())
            .BuildServiceProvider();
        using var scope = services.CreateScope();
        var context = scope.ServiceProvider.GetRequiredService<DbContext>();
        Assert.True(context.Database.CanConnect() || context.Database.EnsureCreated());
        Assert.Equal(1, context.Database.SqlQuery<int>($"SELECT 1 AS \"Value\"").Single());
    }

    [Fact]
    public void AddThreads_registers_a_context_and_a_pooled_factory_works()
    {
        using var services = new ServiceCollection()
            .AddThreads<FirstContext>(database.ConnectionString)
            .AddPooledDbContextFactory<PooledContext>(o => o.UseThreads(database.ConnectionString))
            .BuildServiceProvider();
        using (var scope = services.CreateScope())
        {
            scope.ServiceProvider.GetRequiredService<FirstContext>().Database.EnsureCreated();
        }

        for (var i = 0; i < 3; i++)
        {
            using var context = services.GetRequiredService<IDbContextFactory<PooledContext>>().CreateDbContext();
            Assert.True(context.Database.CanConnect());
        }
    }

    [Fact]
    public async Task EnsureDeleted_removes_the_file_and_EnsureCreated_makes_it_again()
    {
        using var context = database.Created(m => m.Entity<Thing>());
        Assert.False(await context.Database.EnsureCreatedAsync());
        Assert.True(await context.Database.EnsureDeletedAsync());
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(database.Path)!));
        Assert.False(await context.Database.CanConnectAsync());
        Assert.True(await context.Database.EnsureCreatedAsync());
    }

    [Fact]
    public void Foreign_keys_are_on()
    {
        using var context = database.Created(m => m.Entity<Thing>());
        Assert.Equal(1, context.Database.SqlQueryRaw<int>("SELECT foreign_keys AS \"Value\" FROM pragma_foreign_keys").Single());
    }

    [Fact]
    public void A_transaction_is_shared_with_raw_sql_and_has_savepoints()
    {
        using var context = database.Created(m => m.Entity<Thing>());
        using (var transaction = context.Database.BeginTransaction())
        {
            context.Add(new Thing { Name = "kept" });
            context.SaveChanges();
            transaction.CreateSavepoint("here");
            context.Database.ExecuteSqlRaw("INSERT INTO \"Thing\"(\"Id\", \"Name\") VALUES(77, 'undone')");
            transaction.RollbackToSavepoint("here");
            transaction.Commit();
        }

        Assert.Equal(["kept"], context.Set<Thing>().Select(t => t.Name));
    }

    private sealed class FirstContext(DbContextOptions<FirstContext> options) : DbContext(options);

    private sealed class PooledContext(DbContextOptions<PooledContext> options) : DbContext(options);

    private sealed class Thing
    {
        public int Id { get; set; }

        public required string Name { get; set; }
    }
}
