using Threads.Data.Capture;
using Threads.Data.Pipeline;

namespace Threads.Data;

/// <summary>
/// A migration of the schema under way on a connection (<see cref="LocalThread.BeginMigration"/>), for tools that write migrations; EF Core's go through it. Until it is disposed
/// of, CREATE TABLE under the name of a dropped table brings back its rows, and tables whose events came before them stay to be filled (<see cref="LocalThread.FillTables"/>): by
/// the next transaction that writes, at the latest.
/// </summary>
public sealed class SchemaMigration : IDisposable
{
    private readonly ThreadsConnection _connection;
    private ThreadsSession? _session;

    internal SchemaMigration(ThreadsConnection connection, ThreadsSession session)
    {
        _connection = connection;
        _session = session;
        session.BeginMigration();
    }

    /// <summary>
    /// What is written until <see cref="EndSeed"/> is seed data: what every peer writes for itself. Rows with the same key are one row, those that are there already stay, and what
    /// anybody changed or deleted is newer, whenever it was.
    /// </summary>
    /// <param name="version">Orders seed data among itself: that of a later version of the schema wins. Below 2^34, seconds since 1970 for example.</param>
    /// <param name="onlyNewRows">Only rows that come to be are seed data; changes and deletes are made now, by this peer.</param>
    public void BeginSeed(long version, bool onlyNewRows = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(version);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(version, Events.EventShape.EndOfSeeds);
        Use(session => session.Seed(new Seeding(version, onlyNewRows)));
    }

    /// <summary>What is written from now on is nobody else's.</summary>
    public void EndSeed() => Use(session => session.Seed(null));

    /// <inheritdoc />
    public void Dispose()
    {
        Use(session =>
        {
            session.Seed(null);
            session.EndMigration();
        });
        _session = null;
    }

    private void Use(Action<ThreadsSession> work)
    {
        if (_session is { } session && _connection.State == System.Data.ConnectionState.Open)
        {
            _connection.Guarded(() =>
            {
                work(session);
                return true;
            });
        }
    }
}
