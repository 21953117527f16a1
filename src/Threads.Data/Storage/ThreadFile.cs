using Threads.Data.Access;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Data.Sqlite;

namespace Threads.Data.Storage;

/// <summary>Finds the thread in a file, or makes one in an empty file; refuses what is neither.</summary>
internal static class ThreadFile
{
    /// <summary>Where the bytes of an access-controlled thread's first list lie, once they are here.</summary>
    public const string FirstListName = "access_list";

    /// <summary>Set once a record holds it.</summary>
    public const string FirstListTold = "access_told";

    /// <summary>Opens or creates. Returns null for a file that is opened to be read only: nothing in it needs a key then.</summary>
    public static KeyRing? Open(SqliteDatabase database, ThreadFileOptions options)
    {
        if (!IsThread(database, options.DataSource))
        {
            if (options.IsReadOnly)
            {
                return IsEmpty(database) ? null : throw ThreadsErrors.NotAThread(options.DataSource);
            }

            if (!IsEmpty(database) && !IsThread(database, options.DataSource))
            {
                // Before anything is written: it is somebody else's.
                throw ThreadsErrors.NotAThread(options.DataSource);
            }

            if (!options.IsMemory)
            {
                // Takes no lock that another opener could hold for long, and must be set outside a transaction.
                database.Execute("PRAGMA journal_mode = WAL");
            }

            database.Execute("BEGIN IMMEDIATE");
            try
            {
                if (!IsThread(database, options.DataSource))
                {
                    var keys = Create(database, options);
                    database.Execute("COMMIT");
                    return keys;
                }

                database.Execute("COMMIT");
            }
            catch
            {
                if (database.InTransaction)
                {
                    database.Execute("ROLLBACK");
                }

                throw;
            }
        }

        return Enter(database, options);
    }

    private static KeyRing? Enter(SqliteDatabase database, ThreadFileOptions options)
    {
        var version = new MetaStore(database).Int64("version") ?? 0;
        if (version > InternalSchema.Version)
        {
            throw ThreadsErrors.NewerFile(options.DataSource, version, InternalSchema.Version);
        }

        if (options.IsReadOnly)
        {
            return null;
        }

        if (version < InternalSchema.Version)
        {
            Upgrade(database);
        }

        var keys = options.Keys is { } known && known.Thread.ToBytes().AsSpan().SequenceEqual(new MetaStore(database).Bytes("thread"))
            && known.IsWrappedBy(new MetaStore(database).Bytes(KeyRing.WrapName)) ? known : KeyRing.Load(database, options.Protection);
        if (options.Identity is { } identity && identity.Id != PeerId.FromPublicKey(keys.Identity.PublicKey))
        {
            throw ThreadsErrors.OtherIdentity(options.DataSource, identity.Id.ToString());
        }

        if ((options.Thread ?? options.Seed?.Thread) is { } thread && thread != keys.Thread)
        {
            throw ThreadsErrors.OtherThread(options.DataSource, keys.Thread.ToString(), thread.ToString());
        }

        using var given = options.ThreadKey is null ? null : ThreadKey.Parse(options.ThreadKey);
        if (given is not null)
        {
            using var replica = new SymmetricKey(given.Replica);
            if (!replica.SameAs(keys.Replica))
            {
                throw ThreadsErrors.OtherKey(options.DataSource);
            }
        }

        return keys;
    }

    /// <summary>All upgrades or none.</summary>
    private static void Upgrade(SqliteDatabase database)
    {
        database.Execute("BEGIN IMMEDIATE");
        try
        {
            InternalSchema.Upgrade(database, (int)(new MetaStore(database).Int64("version") ?? 0));
            database.Execute("COMMIT");
        }
        catch
        {
            if (database.InTransaction)
            {
                database.Execute("ROLLBACK");
            }

            throw;
        }
    }

    private static KeyRing Create(SqliteDatabase database, ThreadFileOptions options)
    {
        if (!IsEmpty(database))
        {
            throw ThreadsErrors.NotAThread(options.DataSource);
        }

        if (options.Thread is { } joined && options.ThreadKey is null && options.Seed is null)
        {
            throw ThreadsErrors.ThreadKeyMissing(joined.ToString());
        }

        InternalSchema.Upgrade(database, 0);
        if (options.Seed is { } seed)
        {
            if (options.Thread is { } wanted && wanted != seed.Thread)
            {
                throw ThreadsErrors.OtherThread(options.DataSource, seed.Thread.ToString(), wanted.ToString());
            }

            KeepFirstList(database, seed);
            return KeyRing.Create(database, options, _ => seed.Thread, seed.Replica, seed.Read);
        }

        if (options.Thread is null)
        {
            database[FormattableString.Invariant($"INSERT INTO _threads_range(first, last) VALUES(1, {int.MaxValue})")].Run();
        }

        using var key = options.ThreadKey is null ? ThreadKey.NewRandom(options.Random, canRead: true) : ThreadKey.Parse(options.ThreadKey);
        return KeyRing.Create(database, options, NewThread, key.Replica, key.CanRead ? key.Read : default);

        ThreadId NewThread(Ed25519PrivateKey identity)
        {
            if (options.Thread is { } thread)
            {
                return thread;
            }

            if (options.Variant == ThreadsVariant.Raw)
            {
                return ThreadId.NewRandom(options.Random);
            }

            var creator = PeerId.FromPublicKey(identity.PublicKey);
            var list = FirstList.Create(creator, options.Random);
            new MetaStore(database).Set(FirstListName, list);
            database["INSERT INTO _threads_access_list(principal, roles) VALUES(?, ?)"].Bind(1, AccessPrincipal.Of(creator)).Bind(2, AccessRoles.Text(ThreadRoles.Admin)).Run();
            return FirstList.IdOf(list);
        }
    }

    /// <summary>The list came with the keys: it is known before the first record is.</summary>
    private static void KeepFirstList(SqliteDatabase database, ThreadSeed seed)
    {
        if (seed.FirstList is not { } bytes || FirstList.Read(bytes, seed.Thread) is not { } list)
        {
            return;
        }

        new MetaStore(database).Set(FirstListName, bytes);
        foreach (var (peer, roles) in list.Peers)
        {
            database["INSERT INTO _threads_access_list(principal, roles) VALUES(?, ?)"].Bind(1, peer).Bind(2, AccessRoles.Text(roles)).Run();
        }
    }

    private static bool IsThread(SqliteDatabase database, string dataSource)
    {
        var id = database.Prepare("PRAGMA application_id");
        var found = id.ScalarInt64();
        id.Dispose();
        return found == InternalSchema.ApplicationId || (found == 0 ? false : throw ThreadsErrors.NotAThread(dataSource));
    }

    private static bool IsEmpty(SqliteDatabase database)
    {
        var count = database.Prepare("SELECT count(*) FROM sqlite_master");
        var empty = count.ScalarInt64() == 0;
        count.Dispose();
        return empty;
    }
}

/// <summary>How a file is opened; one object for all connections of a pool, which share the keys.</summary>
internal sealed class ThreadFileOptions
{
    public required string DataSource { get; init; }

    public bool IsReadOnly { get; init; }

    public bool IsMemory { get; init; }

    /// <summary>The end of the earliest record that waits for its time; 0: not looked at yet. One for all connections of a pool.</summary>
    public long NextDue { get; set; }

    /// <summary>What the keys in the file lie under.</summary>
    public KeyProtection Protection { get; init; } = KeyProtection.None;

    /// <summary>Who writes a new file; null: somebody new. A file that is there must be his.</summary>
    public PeerIdentity? Identity { get; init; }

    /// <summary>The thread a new file is to hold, as an invitation or an export brings it.</summary>
    public ThreadSeed? Seed { get; init; }

    public ThreadId? Thread { get; init; }

    public string? ThreadKey { get; init; }

    public ThreadsVariant Variant { get; init; } = ThreadsVariant.Raw;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How far ahead of the clock an event may be and still count as due.</summary>
    public TimeSpan ClockBound { get; init; } = TimeSpan.FromMinutes(10);

    public IRandomSource Random { get; init; } = SystemRandomSource.Instance;

    /// <summary>What tells a file from its copies. Only the simulator, whose files lie on no disk, gives another answer than <see cref="FileIdentity.Of"/>.</summary>
    public Func<string?, byte[]?> Identify { get; init; } = FileIdentity.Of;

    /// <summary>Set by the first connection of a pool to a protected file, whose unwrapping costs a tenth of a second.</summary>
    public KeyRing? Keys { get; set; }
}

/// <summary>What a file needs to take part in a thread: its id, its replica key and its read keys, the first one first, or none, and the first list where there is one. Disposing wipes the keys.</summary>
internal sealed class ThreadSeed(ThreadId thread, byte[] replica, IReadOnlyList<byte[]> reads, byte[]? firstList) : IDisposable
{
    public ThreadId Thread => thread;

    public ReadOnlySpan<byte> Replica => replica;

    public ReadOnlySpan<byte> Read => reads.Count == 0 ? default : reads[0];

    public IReadOnlyList<byte[]> Reads => reads;

    public byte[]? FirstList => firstList;

    public void Dispose()
    {
        foreach (var key in reads.Prepend(replica))
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(key);
        }
    }
}

/// <summary>What a connection string can't carry of how keys are kept: what they lie under, and whose they are.</summary>
internal sealed record KeySettings
{
    public static KeySettings Default { get; } = new();

    public IKeyProtector? Protector { get; init; }

    /// <summary>Rounds of PBKDF2 when a password is set.</summary>
    public int Iterations { get; init; } = KeyWrap.DefaultIterations;

    public PeerIdentity? Identity { get; init; }

    public ThreadSeed? Seed { get; init; }
}
