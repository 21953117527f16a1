using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Threads.Net.Tests.Sync;

/// <summary>The names of the events that a peer logged.</summary>
internal sealed class EventLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _names = new();

    public int Count(string name) => _names.Count(n => n == name);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _names.Enqueue(eventId.Name ?? "");

    public void Dispose()
    {
    }
}
