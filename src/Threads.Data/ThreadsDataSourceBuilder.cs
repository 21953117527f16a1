using Microsoft.Extensions.Logging;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Data.Resources;
using Threads.Data.Storage;

namespace Threads.Data;

/// <summary>Puts a <see cref="ThreadsDataSource"/> together: the connection string, and what a string can't carry.</summary>
public sealed class ThreadsDataSourceBuilder
{
    private TimeProvider? _time;
    private ILoggerFactory? _loggers;
    private KeySettings _keys = KeySettings.Default;

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

    /// <summary>Keeps the key that the file's keys lie under where the protector keeps it, in the place of a password.</summary>
    /// <param name="protector">For example a <see cref="KeyFile"/>.</param>
    /// <returns>This builder.</returns>
    public ThreadsDataSourceBuilder ProtectKeysBy(IKeyProtector protector)
    {
        ArgumentNullException.ThrowIfNull(protector);
        _keys = _keys with { Protector = protector };
        return this;
    }

    /// <summary>Rounds of PBKDF2 with SHA-512 that make a key of a password when one is set: 210,000 unless given. A file keeps the number it was protected with.</summary>
    /// <param name="rounds">1 to 10,000,000; fewer are for tests alone.</param>
    /// <returns>This builder.</returns>
    public ThreadsDataSourceBuilder PasswordRounds(int rounds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rounds, KeyWrap.MaxIterations);
        _keys = _keys with { Iterations = rounds };
        return this;
    }

    /// <summary>Who writes a file that is made: an identity that is known already, from a recovery phrase or an invitation by name. A file that is there must be this one's.</summary>
    /// <param name="identity">Must live as long as files are made.</param>
    /// <returns>This builder.</returns>
    public ThreadsDataSourceBuilder UseIdentity(PeerIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        _keys = _keys with { Identity = identity };
        return this;
    }

    /// <summary>The data source. Nothing is opened yet.</summary>
    /// <exception cref="ArgumentException">There is a password and a protector.</exception>
    public ThreadsDataSource Build() => new(Settings(_keys.Seed));

    internal PeerIdentity? Identity => _keys.Identity;

    internal DateTimeOffset Now => (_time ?? TimeProvider.System).GetUtcNow();

    internal ConnectionSettings Settings(ThreadSeed? seed, PeerIdentity? identity = null)
    {
        if (_keys.Protector is not null && ConnectionStringBuilder.Password.Length > 0)
        {
            throw new ArgumentException(Strings.KeysBoth);
        }

        return new ConnectionSettings(ConnectionString, new Surroundings { Time = _time ?? TimeProvider.System }, _loggers, _keys with { Seed = seed, Identity = identity ?? _keys.Identity });
    }
}
