using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Threads.Data.Storage;

namespace Threads.Data;

/// <summary>A connection string, read once, and what a data source adds to it. Every connection of a pool shares it.</summary>
internal sealed class ConnectionSettings
{
    public ConnectionSettings(string connectionString, TimeProvider? time = null, ILoggerFactory? loggers = null)
        : this(connectionString, new Surroundings { Time = time ?? TimeProvider.System }, loggers)
    {
    }

    public ConnectionSettings(string connectionString, Surroundings around, ILoggerFactory? loggers = null, KeySettings? keys = null)
    {
        var builder = new ThreadsConnectionStringBuilder(connectionString);
        ConnectionString = connectionString;
        Logger = loggers?.CreateLogger(LogMessages.Category) ?? NullLogger.Instance;
        PublicString = builder.ToPublicString(connectionString);
        SqliteString = builder.ToSqliteConnectionString();
        DataSource = builder.DataSource;
        DefaultTimeout = builder.DefaultTimeout;
        IsReadOnly = builder.Mode == SqliteOpenMode.ReadOnly;
        IsSharedCache = builder.Cache == SqliteCacheMode.Shared;
        IsPooled = builder is { Pooling: true, IsMemory: false };
        // A table's rows, their index entries and the records lie apart: SQLite's own 2 MB would be read anew again and again. A checkpoint writes each page once, however
        // many commits changed it, so a longer log makes fewer of them; 4,000 pages are 16 MB.
        Pragmas = "PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = 4000; "
            + $"PRAGMA foreign_keys = {(builder.ForeignKeys ? 1 : 0)}; PRAGMA recursive_triggers = {(builder.RecursiveTriggers ? 1 : 0)}; "
            + $"PRAGMA synchronous = {(int)builder.Synchronous};";
        Protection = new KeyProtection(builder.Password.Length == 0 ? null : builder.Password, keys?.Protector, (keys ?? KeySettings.Default).Iterations);
        File = () => builder.ToFileOptions(around, Protection, keys ?? KeySettings.Default);
    }

    public string ConnectionString { get; }

    /// <summary>As it may be shown: without secrets unless the user asked to keep them.</summary>
    public string PublicString { get; }

    /// <summary>What Microsoft.Data.Sqlite is opened with.</summary>
    public string SqliteString { get; }

    public string DataSource { get; }

    public ILogger Logger { get; }

    public int DefaultTimeout { get; }

    public bool IsReadOnly { get; }

    public bool IsSharedCache { get; }

    /// <summary>What the keys in the file lie under.</summary>
    public KeyProtection Protection { get; }

    /// <summary>A database in memory is gone when its last connection closes, so those are never kept.</summary>
    public bool IsPooled { get; }

    public string Pragmas { get; }

    /// <summary>How the thread in the file is opened. Made anew for each pool: it remembers the keys.</summary>
    public Func<ThreadFileOptions> File { get; }
}
