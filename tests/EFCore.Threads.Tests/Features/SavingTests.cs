using System.Transactions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;
using Threads.Data;

namespace EFCore.Threads.Tests.Features;

// Issue 4, "Updates and models": how a save runs, and what it shares with raw ADO.NET.
public sealed class SavingTests : IDisposable
{
    private readonly TestDatabase database = new();

    public void Dispose() => database.Dispose();

    [Fact]
    public void Interceptors_see_saves_commands_and_transactions()
    {
        var seen = new Seen();
        using var context = new ModelContext(o => o.UseThreads(database.ConnectionString).AddInterceptors(seen), Model);
        context.Database.EnsureCreated();
        context.Add(new Note { Text = "a" });
        context.SaveChanges();
        Assert.Equal(["saving 1", "saved 1"], seen.Saves);
        Assert.Contains(seen.Commands, c => c.StartsWith("INSERT INTO \"Note\"", StringComparison.Ordinal));

        seen.Refuses = true;
        context.Add(new Note { Text = "b" });
        Assert.Equal(-1, context.SaveChanges());
        Assert.Equal(1, context.Set<Note>().Count());
    }

    [Fact]
    public void An_execution_strategy_repeats_what_was_busy()
    {
        using var context = new ModelContext(o => o.UseThreads(database.ConnectionString, t => t.ExecutionStrategy(d => new Again(d))), Model);
        context.Database.EnsureCreated();
        var tries = 0;
        context.Database.CreateExecutionStrategy().Execute(() =>
        {
            using var transaction = context.Database.BeginTransaction();
            context.ChangeTracker.Clear();
            context.Add(new Note { Text = "try " + ++tries });
            context.SaveChanges();
            if (tries == 1)
            {
                throw new TimeoutException();
            }

            transaction.Commit();
        });
        Assert.Equal(["try 2"], context.Set<Note>().Select(n => n.Text));
    }

    [Fact]
    public void A_savepoint_undoes_a_failed_save_inside_a_transaction()
    {
        using var context = database.Created(Model);
        using (var transaction = context.Database.BeginTransaction())
        {
            Assert.True(transaction.SupportsSavepoints);
            context.Add(new Note { Text = "a" });
            context.SaveChanges();
            context.AddRange(new Note { Text = "b" }, new Note { Text = "a" });
            Assert.Throws<DbUpdateException>(() => context.SaveChanges());
            context.ChangeTracker.Clear();
            transaction.CreateSavepoint("here");
            context.Add(new Note { Text = "c" });
            context.SaveChanges();
            transaction.RollbackToSavepoint("here");
            transaction.ReleaseSavepoint("here");
            transaction.Commit();
        }

        Assert.Equal(["a"], context.Set<Note>().Select(n => n.Text));
    }

    [Fact]
    public void An_ambient_transaction_is_not_entered_and_said_so_as_on_SQLite()
    {
        using var context = database.Created(Model);
        using var scope = new TransactionScope();
        context.Add(new Note { Text = "a" });
        var error = Assert.Throws<InvalidOperationException>(() => context.SaveChanges());
        Assert.Contains(RelationalEventId.AmbientTransactionWarning.Name!, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_refuses_to_enlist_as_Microsoft_Data_Sqlite_does()
    {
        using var connection = new ThreadsConnection("Data Source=:memory:");
        connection.Open();
        using var transaction = new CommittableTransaction();
        Assert.Throws<NotSupportedException>(() => connection.EnlistTransaction(transaction));
    }

    [Fact]
    public void A_raw_transaction_is_used_by_a_context_and_two_contexts()
    {
        using (var made = database.Created(Model))
        {
        }

        using var connection = new ThreadsConnection(database.ConnectionString);
        connection.Open();
        using (var transaction = connection.BeginTransaction())
        {
            using var first = new ModelContext(o => o.UseThreads(connection), Model);
            using var second = new ModelContext(o => o.UseThreads(connection), Model);
            first.Database.UseTransaction(transaction);
            second.Database.UseTransaction(transaction);
            first.Add(new Note { Text = "a" });
            first.SaveChanges();
            Assert.Equal(1, second.Set<Note>().Count());
            second.Add(new Note { Text = "b" });
            second.SaveChanges();
            using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = "UPDATE Note SET Text = Text || '!'";
            Assert.Equal(2, command.ExecuteNonQuery());
            transaction.Commit();
        }

        using var after = database.Context(Model);
        Assert.Equal(["a!", "b!"], after.Set<Note>().OrderBy(n => n.Text).Select(n => n.Text));
        Assert.Equal(System.Data.IsolationLevel.Serializable, after.Database.BeginTransaction().GetDbTransaction().IsolationLevel);
    }

    [Fact]
    public async Task A_cancelled_save_leaves_nothing()
    {
        using var context = database.Created(Model);
        context.AddRange(Enumerable.Range(0, 50).Select(i => new Note { Text = "n" + i }));
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => context.SaveChangesAsync(cancellation.Token));
        context.ChangeTracker.Clear();
        Assert.Empty(context.Set<Note>());
    }

    private static void Model(ModelBuilder model) => model.Entity<Note>().HasIndex(n => n.Text).IsUnique();

    private sealed class Note
    {
        public int Id { get; set; }

        public required string Text { get; set; }
    }

    private sealed class Again(ExecutionStrategyDependencies dependencies) : ExecutionStrategy(dependencies, 3, TimeSpan.FromMilliseconds(1))
    {
        protected override bool ShouldRetryOn(Exception exception) => exception is TimeoutException or ThreadsException { IsTransient: true };
    }

    private sealed class Seen : DbCommandInterceptor, ISaveChangesInterceptor
    {
        public List<string> Saves { get; } = [];

        public List<string> Commands { get; } = [];

        public bool Refuses { get; set; }

        public InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
        {
            Saves.Add("saving " + eventData.Context!.ChangeTracker.Entries().Count(e => e.State == EntityState.Added));
            return Refuses ? InterceptionResult<int>.SuppressWithResult(-1) : result;
        }

        public int SavedChanges(SaveChangesCompletedEventData eventData, int result)
        {
            Saves.Add("saved " + result);
            return result;
        }

        public override InterceptionResult<System.Data.Common.DbDataReader> ReaderExecuting(
            System.Data.Common.DbCommand command, CommandEventData eventData, InterceptionResult<System.Data.Common.DbDataReader> result)
        {
            Commands.Add(command.CommandText);
            return result;
        }
    }
}
