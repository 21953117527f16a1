using Microsoft.Extensions.Logging;

namespace Threads.Net.OracleHost;

/// <summary>Diagnostics on standard error, for --verbose.</summary>
internal sealed class StandardErrorLogger : ILoggerFactory, ILogger
{
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Console.Error.WriteLine($"{logLevel}: {formatter(state, exception)}");

    public void Dispose()
    {
    }
}
