using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Threads.Data.Storage;

namespace Threads.Data;

/// <summary>The idle physical connections of one connection string, or of one data source.</summary>
internal sealed class ConnectionPool(ConnectionSettings settings)
{
    /// <summary>A burst of connections leaves no more files open than this.</summary>
    private const int MostIdle = 64;

    private static readonly ConcurrentDictionary<string, ConnectionPool> Shared = new(StringComparer.Ordinal);

    private readonly List<PhysicalConnection> _idle = [];
    private ThreadFileOptions _file = settings.File();
    private int _generation;
    private bool _isClosed;

    public ConnectionSettings Settings { get; } = settings;

    /// <summary>The pool all connections of one connection string share.</summary>
    /// <exception cref="ArgumentException">The connection string can't be read.</exception>
    public static ConnectionPool For(string connectionString) =>
        Shared.GetOrAdd(connectionString, static text => new ConnectionPool(new ConnectionSettings(text)));

    public static void ClearAll()
    {
        foreach (var pool in Shared.Values) pool.Clear();
    }

    /// <summary>An idle connection that has no other functions than these, or a new one.</summary>
    public PhysicalConnection Rent(Dictionary<string, UserFunction>? functions, ILogger logger)
    {
        while (true)
        {
            var physical = TakeIdle(functions, out var generation, out var file);
            if (physical is null) return Open(generation, file, logger);
            if (physical.HasMoved())
            {
                LogMessages.FileMoved(logger, Settings.DataSource);
                physical.Dispose();
            }
            else if (physical.IsProtectionOther(Settings.Protection.IsSet))
            {
                // Whoever comes now must know the new password, and the keys that were kept are forgotten.
                physical.Dispose();
                Clear();
            }
            else
            {
                LogMessages.ConnectionReused(logger, Settings.DataSource);
                return physical;
            }
        }
    }

    public void Return(PhysicalConnection physical, ILogger logger)
    {
        if (!physical.IsChanged && !physical.Session.InTransaction && !physical.Session.IsMigrating)
        {
            lock (_idle)
            {
                if (Settings.IsPooled && !_isClosed && physical.Generation == _generation && _idle.Count < MostIdle)
                {
                    _idle.Add(physical);
                    return;
                }
            }
        }
        else if (Settings.IsPooled)
        {
            LogMessages.ConnectionNotPooled(logger, Settings.DataSource);
        }
        physical.Dispose();
    }

    /// <summary>Closes what is idle now, and later what is in use now; forgets the keys.</summary>
    public void Clear()
    {
        PhysicalConnection[] idle;
        lock (_idle)
        {
            _generation++;
            _file = Settings.File();
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

    private PhysicalConnection? TakeIdle(Dictionary<string, UserFunction>? functions, out int generation, out ThreadFileOptions file)
    {
        lock (_idle)
        {
            generation = _generation;
            file = _file;
            var index = _idle.FindLastIndex(p => p.HasOnly(functions));
            if (index < 0) return null;
            var physical = _idle[index];
            _idle.RemoveAt(index);
            return physical;
        }
    }

    private PhysicalConnection Open(int generation, ThreadFileOptions file, ILogger logger)
    {
        var physical = PhysicalConnection.Open(Settings, file);
        physical.Generation = generation;
        LogMessages.ConnectionOpened(logger, Settings.DataSource);
        return physical;
    }
}
