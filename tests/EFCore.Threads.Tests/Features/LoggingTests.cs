using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EFCore.Threads.Tests.Features;

// Issue 4, "Updates and models": logging with the event ids users know; sensitive data only when asked for; keys never.
public sealed class LoggingTests : IDisposable
{
    private readonly TestDatabase database = new();
    private readonly List<(EventId Id, string Text)> log = [];

    public void Dispose() => database.Dispose();

    [Fact]
    public void Commands_and_saves_have_the_event_ids_of_EF_Core()
    {
        using var context = Context(sensitive: false);
        Save(context);
        Assert.Contains(log, e => e.Id == RelationalEventId.CommandExecuted && e.Text.Contains("INSERT INTO \"Note\"", StringComparison.Ordinal));
        Assert.Contains(log, e => e.Id == CoreEventId.SaveChangesCompleted);
        Assert.Contains(log, e => e.Id == RelationalEventId.TransactionCommitted || e.Id == RelationalEventId.ConnectionClosed);

        Assert.ThrowsAny<Exception>(() => context.Set<Note>().FromSqlRaw("SELECT nothing").ToList());
        Assert.Contains(log, e => e.Id == RelationalEventId.CommandError);
    }

    [Fact]
    public void Values_are_logged_only_when_asked_for()
    {
        using (var context = Context(sensitive: false))
        {
            Save(context);
        }

        Assert.DoesNotContain(log, e => e.Text.Contains("secret words", StringComparison.Ordinal));
        using (var context = Context(sensitive: true))
        {
            Save(context);
        }

        Assert.Contains(log, e => e.Text.Contains("secret words", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_trigger_that_would_lose_additions_is_warned_of_by_the_loggers_of_the_context(bool ofTheApplication)
    {
        var services = new ServiceCollection().AddLogging(b => b.AddProvider(new Lines(log)));
        using var provider = services.AddThreadsDataSource(database.ConnectionString).BuildServiceProvider();
        using var context = new ModelContext(
            o => _ = ofTheApplication ? o.UseThreads().UseApplicationServiceProvider(provider) : o.UseThreads(database.ConnectionString).UseLoggerFactory(provider.GetRequiredService<ILoggerFactory>()),
            m => m.Entity<Note>());
        context.Database.EnsureCreated();
        context.Database.ExecuteSqlRaw("CREATE TABLE total(id INTEGER PRIMARY KEY, n INTEGER)");
        context.Database.ExecuteSqlRaw("CREATE TRIGGER counts AFTER INSERT ON \"Note\" BEGIN UPDATE total SET n = n + 1; END");
        var warning = Assert.Single(log, e => e.Id.Name == "TriggerAdds").Text;
        Assert.Contains("threads_merge('total', 'n', 'counter')", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_are_never_logged()
    {
        string keyText;
        using (var context = Context(sensitive: true))
        {
            Save(context);
            using var key = context.Thread.Key;
            keyText = key.Export();
        }

        // A thread joined with its key in the connection string, and one opened with a password.
        var joined = Path.Combine(Path.GetDirectoryName(database.Path)!, "joined.db");
        using (var connection = new global::Threads.Data.ThreadsConnection(database.ConnectionString))
        {
            connection.Open();
            using var other = new ModelContext(o => Configure(o, $"Data Source={joined};Pooling=False;Thread={connection.Thread.Id};Thread Key={keyText};Password=open sesame", true), Model);
            Save(other);
            Assert.ThrowsAny<Exception>(() => other.Database.ExecuteSqlRaw("SELECT wrong"));
        }

        Assert.NotEmpty(log);
        Assert.DoesNotContain(log, e => e.Text.Contains(keyText, StringComparison.Ordinal) || e.Text.Contains("open sesame", StringComparison.Ordinal));
    }

    [Fact]
    public void What_SQLite_ignores_in_a_model_is_warned_of_by_the_ids_of_its_provider()
    {
        using (var context = new ModelContext(o => Configure(o, database.ConnectionString, false), m =>
        {
            m.Entity<Note>().ToTable("Note", "inner");
            m.HasSequence("numbers");
            m.Entity<Pair>().HasKey(p => new { p.A, p.B });
            m.Entity<Pair>().Property(p => p.A).ValueGeneratedOnAdd();
        }))
        {
            _ = context.Model;
        }

        // 30000, 30001 and 30002 in EF Core's SQLite provider.
        Assert.Contains(log, e => e.Id.Id == CoreEventId.ProviderBaseId && e.Text.Contains("'inner'", StringComparison.Ordinal));
        Assert.Contains(log, e => e.Id.Id == CoreEventId.ProviderBaseId + 1 && e.Text.Contains("'numbers'", StringComparison.Ordinal));
        Assert.Contains(log, e => e.Id.Id == CoreEventId.ProviderBaseId + 2 && e.Text.Contains("'Pair'", StringComparison.Ordinal));
    }

    [Fact]
    public void A_warning_may_be_made_an_error_or_silenced()
    {
        using var context = new ModelContext(
            o => o.UseThreads(database.ConnectionString).ConfigureWarnings(w => w.Throw(ThreadsEventId.SchemaConfiguredWarning)), m => m.Entity<Note>().ToTable("Note", "inner"));
        var error = Assert.Throws<InvalidOperationException>(() => context.Model);
        Assert.Contains(nameof(ThreadsEventId.SchemaConfiguredWarning), error.Message, StringComparison.Ordinal);
    }

    private static void Save(ModelContext context)
    {
        context.Database.EnsureCreated();
        context.Add(new Note { Text = "secret words" });
        context.SaveChanges();
    }

    private static void Model(ModelBuilder model) => model.Entity<Note>();

    private ModelContext Context(bool sensitive) => new(o => Configure(o, database.ConnectionString, sensitive), Model);

    private void Configure(DbContextOptionsBuilder options, string connectionString, bool sensitive)
        => options.UseThreads(connectionString).EnableSensitiveDataLogging(sensitive).EnableDetailedErrors()
            .LogTo((_, _) => true, e => log.Add((e.EventId, e.ToString())));

    private sealed class Note
    {
        public Guid Id { get; set; }

        public required string Text { get; set; }
    }

    private sealed class Pair
    {
        public int A { get; set; }

        public int B { get; set; }
    }

    private sealed class Lines(List<(EventId Id, string Text)> log) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => log.Add((eventId, formatter(state, exception)));

        public void Dispose()
        {
        }
    }
}
