using Microsoft.Extensions.Logging;

namespace Threads.Data;

/// <summary>Puts a <see cref="ThreadsDataSource"/> together: the connection string, and what a string can't carry.</summary>
public sealed class ThreadsDataSourceBuilder
{
    private TimeProvider? _time;
    private ILoggerFactory? _loggers;

    /// <summary>Begins with a connection string.</summary>
    /// <param name="connectionString">For example <c>Data Source=notes.db</c>.</param>
    /// <exception cref="ArgumentException">A keyword is not known, or its value can't be read.</exception>
    public ThreadsDataSourceBuilder(string? connectionString = null) => ConnectionStringBuilder = new ThreadsConnectionStringBuilder(connectionString);

    /// <summary>The connection string, keyword by keyword.</summary>
    public ThreadsConnectionStringBuilder ConnectionStringBuilder { get; }

    /// <summary>The connection string.</summary>
    public string ConnectionString => ConnectionStringBuilder.ConnectionString;

    /// <summary>The clock records take their time from; the system's if not given.</summary>
    /// <param name="timeProvider">The clock.</param>
    /// <returns>This builder.</returns>
    public ThreadsDataSourceBuilder UseTimeProvider(TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(timeProvider);
        _time = timeProvider;
        return this;
    }

    /// <summary>Where to say what is opened and executed (category "Threads.Data"). Values of parameters, passwords and keys are never logged.</summary>
    /// <param name="loggerFactory">Makes the logger.</param>
    /// <returns>This builder.</returns>
    public ThreadsDataSourceBuilder UseLoggerFactory(ILoggerFactory loggerFactory)
    {
        ArgumentNullException.ThrowIfNull(loggerFactory);
        _loggers = loggerFactory;
        return this;
    }

    /// <summary>The data source. Nothing is opened yet.</summary>
    public ThreadsDataSource Build() => new(new ConnectionSettings(ConnectionString, _time, _loggers));
}
