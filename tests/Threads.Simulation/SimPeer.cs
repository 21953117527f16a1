using System.Globalization;
using SQLitePCL;
using Threads.Data;
using Threads.Data.Pipeline;
using Threads.Data.Storage;
using Threads.Net.Mvds;
using Threads.Simulation.Disk;
using Threads.Simulation.Model;
using Threads.Simulation.Schemas;

namespace Threads.Simulation;

/// <summary>A peer: a machine with one database file, opened by the product as an application would.</summary>
internal sealed class SimPeer : IDisposable
{
    private readonly string _connectionString;
    private readonly HashSet<string> _acknowledged = new(StringComparer.Ordinal);
    private readonly Dictionary<Data.Identity.PeerId, MvdsThread> _mvds = [];
    private int _changes;
    private ThreadsDataSource? _source;
    private ThreadsConnection? _connection;

    /// <param name="number">Its place among the peers of a world.</param>
    /// <param name="machine">Where its file is.</param>
    /// <param name="time">Its clock.</param>
    /// <param name="disk">All machines of the world.</param>
    /// <param name="thread">The thread that a file is made in, as a connection string has it; empty: a new one, or the file's.</param>
    public SimPeer(int number, Machine machine, VirtualTime time, VirtualDisk disk, string thread = "")
    {
        Number = number;
        Machine = machine;
        Time = time;
        Disk = disk;
        _connectionString = $"Data Source={Path}{thread}";
    }

    public int Number { get; }

    public Machine Machine { get; }

    public VirtualTime Time { get; }

    public VirtualDisk Disk { get; }

    /// <summary>Of its keys and nonces; begun anew at each step.</summary>
    public Chance Random { get; } = new(0);

    /// <summary>After so many pages the write-ahead log goes into the database; SQLite's own choice, 1,000, would hardly ever come.</summary>
    private const int CheckpointPages = 40;

    private const int EventsPerSnapshot = 6;

    public string Path => $"/{Machine.Name}/data.db";

    public bool IsUp => _connection is not null;

    public ThreadsConnection Connection => _connection ?? throw new InvalidOperationException("The peer is down.");

    /// <summary>A view of this run of the program; every second peer keeps it in the file too.</summary>
    public ThreadView<Trail> View { get; private set; } = new("none", new TrailReducer());

    public ThreadCore Core => Connection.OpenSession().Core;

    /// <summary>Who it is, for lists; a copy of its file is the same one.</summary>
    public Data.Identity.PeerId Identity { get; private set; }

    /// <summary>The version its schema has; -1: no tables yet. It is in the file, since a migration may be lost in a crash.</summary>
    public int SchemaVersion { get; set; } = -1;

    /// <summary>Records stored when the last step ended well.</summary>
    public long Records { get; private set; }

    public IReadOnlySet<string> Acknowledged => _acknowledged;

    /// <summary>MVDS with another peer: begun with this run of the program, its state is in the file.</summary>
    public MvdsThread MvdsWith(Data.Identity.PeerId other)
    {
        if (!_mvds.TryGetValue(other, out var mvds))
        {
            _mvds.Add(other, mvds = new MvdsThread(Connection.Thread, other));
        }

        return mvds;
    }

    /// <summary>After an error: what is in memory may be more than the file has.</summary>
    public void ForgetMvds() => _mvds.Clear();

    /// <summary>Opens the file; false when the disk gave out on the way.</summary>
    public void Open()
    {
        var around = new Surroundings { Time = Time, Random = Random, Identify = Disk.Identify };
        _source = new ThreadsDataSource(new ConnectionSettings(_connectionString, around));
        _connection = _source.OpenConnection();
        _connection.OpenSession().Committed += records =>
        {
            foreach (var record in records)
            {
                _acknowledged.Add(Convert.ToHexStringLower(record.Cid.Digest));
            }
        };
        Identity = _connection.Thread.Identity;
        View = new ThreadView<Trail>("trail", new TrailReducer(), new ThreadViewOptions { IsPersisted = Number % 2 == 1, EventsPerSnapshot = EventsPerSnapshot });
        Run($"PRAGMA wal_autocheckpoint = {CheckpointPages}");
        _changes = -1;
        SchemaVersion = (int)Int64("PRAGMA user_version") - 1;
    }

    /// <summary>Closes what is open, as a process that ends does, whatever the disk says.</summary>
    public void Close()
    {
        try
        {
            _connection?.Dispose();
        }
        catch (ThreadsException) when (Machine.IsOff)
        {
            // Its rollback can't be written; nothing after the power cut matters.
        }

        try
        {
            _source?.Dispose();
        }
        catch (ThreadsException) when (Machine.IsOff)
        {
            // As above.
        }

        _connection = null;
        _source = null;
        _mvds.Clear();
    }

    /// <summary>The disk holds another content now: what was acknowledged there may be lost here.</summary>
    public void ForgetAcknowledged()
    {
        _acknowledged.Clear();
        Records = 0;
    }

    public void NoteRecords()
    {
        var changes = Connection.OpenSession().Database.TotalChanges;
        if (changes != _changes)
        {
            _changes = changes;
            Records = Int64("SELECT count(*) FROM _threads_record");
        }
    }

    /// <summary>Returns how many rows it changed.</summary>
    public int Run(string sql)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }

    public long Int64(string sql)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    public List<string> Strings(string sql)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }

    /// <summary>Makes a version of a schema of its predecessor; false, and nothing is done: rows are in the way of a unique index.</summary>
    public bool Migrate(Schema schema, int version)
    {
        Run("BEGIN IMMEDIATE");
        try
        {
            foreach (var statement in schema.Versions[version])
            {
                Run(statement);
            }

            Run(FormattableString.Invariant($"PRAGMA user_version = {version + 1}"));
            Run("COMMIT");
        }
        catch (ThreadsException e) when (Connection.OpenSession().InTransaction)
        {
            Run("ROLLBACK");
            if (e.SqliteErrorCode == raw.SQLITE_CONSTRAINT)
            {
                return false;
            }

            throw;
        }

        SchemaVersion = version;
        return true;
    }

    public string Digest() => Convert.ToHexStringLower(Connection.Thread.Digest());

    /// <summary>Every log's newest record, in the order of their bytes.</summary>
    public List<string> Heads() => World.HeadsOf(Connection.Thread.Heads);

    public byte[] Export(Data.Logs.ThreadHeads? since)
    {
        using var stream = new MemoryStream();
        Connection.Thread.Export(stream, since);
        return stream.ToArray();
    }

    public ImportResult Import(byte[] file) => Connection.Thread.Import(new MemoryStream(file));

    public void Dispose() => Close();
}
