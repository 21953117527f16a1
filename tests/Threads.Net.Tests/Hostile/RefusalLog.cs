using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Threads.Net.Tests.Hostile;

/// <summary>What a peer refused, by name, out of its diagnostics.</summary>
internal sealed class RefusalLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<Exception> _errors = new();

    /// <summary>Refusals of others' bytes.</summary>
    public IEnumerable<ThreadsPeerException> Refusals => _errors.OfType<ThreadsPeerException>();

    /// <summary>Defects of ours: whatever is neither a refusal nor the end of a stream.</summary>
    public IEnumerable<Exception> Defects => _errors.Where(e => e is not (IOException or OperationCanceledException));

    public void Clear() => _errors.Clear();

    public async Task<ThreadsPeerException> WaitAsync(ThreadsPeerErrorCode code)
    {
        for (var i = 0; i < 3000; i++)
        {
            if (Refusals.FirstOrDefault(r => r.ErrorCode == code) is { } found)
            {
                return found;
            }

            await Task.Delay(10);
        }

        Assert.Fail($"No refusal {code}; there were: {string.Join(" | ", _errors.Select(e => (e as ThreadsPeerException)?.ErrorCode + " " + e.Message))}");
        return null;
    }

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (exception is not null)
        {
            _errors.Enqueue(exception);
        }
    }

    public void Dispose()
    {
    }
}
