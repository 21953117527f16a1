using Microsoft.Extensions.Logging;
using Threads.Data.Tests.AdoNet;

namespace Threads.Data.Tests.Merging;

/// <summary>CREATE TRIGGER warns where a trigger adds to a plain column (issue 5, point 3; FINDINGS 1a).</summary>
public class TriggerAdditionsTests
{
    [Theory]
    [InlineData("UPDATE stats SET total = total + NEW.x WHERE id = 1", "total")]
    [InlineData("UPDATE stats SET \"total\" = coalesce(stats.total, 0) - 1, n = NEW.x", "total")]
    [InlineData("INSERT INTO stats VALUES(1, 1, 1) ON CONFLICT(id) DO UPDATE SET n = n + 1", "n")]
    [InlineData("UPDATE stats SET total = NEW.x + 1", null)]
    [InlineData("UPDATE stats SET total = NEW.total + 1", null)]
    [InlineData("UPDATE stats SET counted = counted + 1", null)]
    [InlineData("INSERT INTO audit(id, what) VALUES(NEW.id, NEW.x + 1)", null)]
    public void A_trigger_that_adds_to_a_plain_column_is_warned_of(string body, string? column)
    {
        var log = new Messages();
        using var source = new ThreadsDataSourceBuilder("Data Source=:memory:").UseLoggerFactory(log).Build();
        using var connection = source.OpenConnection();
        connection.Run("CREATE TABLE items(id INTEGER PRIMARY KEY, x INTEGER, total INTEGER)");
        connection.Run("CREATE TABLE stats(id INTEGER PRIMARY KEY, total INTEGER, n INTEGER, counted INTEGER)".Replace(", counted INTEGER", body.Contains("VALUES(1, 1, 1)", StringComparison.Ordinal) ? "" : ", counted INTEGER", StringComparison.Ordinal));
        connection.Run("CREATE TABLE audit(id INTEGER PRIMARY KEY, what)");
        if (body.Contains("counted", StringComparison.Ordinal))
        {
            connection.Run("SELECT threads_merge('stats', 'counted', 'counter')");
        }

        connection.Run($"CREATE TRIGGER IF NOT EXISTS main.\"adds up\" AFTER INSERT ON items BEGIN {body}; END");
        var warnings = log.Lines.Where(l => l.Contains("where the last writer wins", StringComparison.Ordinal)).ToList();
        if (column is null)
        {
            Assert.Empty(warnings);
            return;
        }

        var warning = Assert.Single(warnings);
        Assert.Contains("'adds up'", warning, StringComparison.Ordinal);
        Assert.Contains($"threads_merge('stats', '{column}', 'counter')", warning, StringComparison.Ordinal);
    }

    private sealed class Messages : ILoggerFactory, ILogger
    {
        public List<string> Lines { get; } = [];

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Add(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
