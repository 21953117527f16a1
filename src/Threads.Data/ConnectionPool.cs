using System.Collections.Concurrent;
using Threads.Data.Storage;

namespace Threads.Data;

/// <summary>The idle physical connections of one connection string, or of one data source.</summary>
internal sealed class ConnectionPool(string connectionString, ThreadsConnectionStringBuilder options)
{
    private static readonly ConcurrentDictionary<string, ConnectionPool> Shared = new(StringComparer.Ordinal);

    private readonly ThreadFileOptions _file = options.ToFileOptions();
    private readonly List<PhysicalConnection> _idle = [];
    private int _generation;
    private bool _isClosed;

    public string ConnectionString { get; } = connectionString;

    public ThreadsConnectionStringBuilder Options { get; } = options;

    private bool KeepsConnections => Options.Pooling && !Options.IsPrivateMemory && !_isClosed;

    public static ConnectionPool For(string connectionString, ThreadsConnectionStringBuilder options) =>
        Shared.GetOrAdd(connectionString, static (text, options) => new ConnectionPool(text, options), options);

    public static void ClearAll()
    {
        foreach (var pool in Shared.Values) pool.Clear();
    }

    /// <summary>An idle connection that has no other functions than these, or a new one.</summary>
    public PhysicalConnection Rent(Dictionary<string, UserFunction>? functions)
    {
        int generation;
        lock (_idle)
        {
            generation = _generation;
            for (var i = _idle.Count - 1; i >= 0; i--)
            {
                var idle = _idle[i];
                if (!idle.HasOnly(functions)) continue;
                _idle.RemoveAt(i);
                return idle;
            }
        }
        var physical = PhysicalConnection.Open(Options, _file);
        physical.Generation = generation;
        return physical;
    }

    public void Return(PhysicalConnection physical)
    {
        if (!physical.IsChanged && !physical.Session.InTransaction)
        {
            lock (_idle)
            {
                if (KeepsConnections && physical.Generation == _generation)
                {
                    _idle.Add(physical);
                    return;
                }
            }
        }
        physical.Dispose();
    }

    /// <summary>Closes what is idle now, and later what is in use now.</summary>
    public void Clear()
    {
        PhysicalConnection[] idle;
        lock (_idle)
        {
            _generation++;
            idle = [.. _idle];
            _idle.Clear();
        }
        foreach (var physical in idle) physical.Dispose();
    }

    public void Close()
    {
        lock (_idle) _isClosed = true;
        Clear();
    }
}
