using System.Collections.Concurrent;

namespace Threads.Data;

/// <summary>The idle physical connections of one connection string, or of one data source.</summary>
internal sealed class ConnectionPool(string connectionString, ThreadsConnectionStringBuilder options)
{
    private static readonly ConcurrentDictionary<string, ConnectionPool> Shared = new(StringComparer.Ordinal);

    private readonly ConcurrentStack<PhysicalConnection> _idle = new();
    private int _generation;
    private volatile bool _isClosed;

    public string ConnectionString { get; } = connectionString;

    public ThreadsConnectionStringBuilder Options { get; } = options;

    private bool KeepsConnections => Options.Pooling && !Options.IsPrivateMemory && !_isClosed;

    public static ConnectionPool For(string connectionString, ThreadsConnectionStringBuilder options) =>
        Shared.GetOrAdd(connectionString, static (text, options) => new ConnectionPool(text, options), options);

    public static void ClearAll()
    {
        foreach (var pool in Shared.Values) pool.Clear();
    }

    public PhysicalConnection Rent()
    {
        var generation = Volatile.Read(ref _generation);
        if (KeepsConnections && _idle.TryPop(out var physical)) return physical;
        physical = PhysicalConnection.Open(Options);
        physical.Generation = generation;
        return physical;
    }

    public void Return(PhysicalConnection physical)
    {
        if (!KeepsConnections || physical.IsChanged || physical.Generation != Volatile.Read(ref _generation) || physical.Session.InTransaction)
        {
            physical.Dispose();
            return;
        }
        _idle.Push(physical);
        // A Clear between the test and the push would have missed it.
        if (_isClosed || physical.Generation != Volatile.Read(ref _generation)) DisposeIdle();
    }

    public void Clear()
    {
        Interlocked.Increment(ref _generation);
        DisposeIdle();
    }

    public void Close()
    {
        _isClosed = true;
        DisposeIdle();
    }

    private void DisposeIdle()
    {
        while (_idle.TryPop(out var physical)) physical.Dispose();
    }
}
