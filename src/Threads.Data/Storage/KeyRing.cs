using System.Security.Cryptography;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Data.Sqlite;

namespace Threads.Data.Storage;

/// <summary>
/// The keys of a thread as its file holds them: replica and read key, this writer's log key and identity. With a password they lie wrapped under a key that only the
/// password opens; without one they are as open as the tables beside them.
/// </summary>
internal sealed partial class KeyRing : IDisposable
{
    /// <summary>The wrapping key, as <see cref="KeyProtection"/> leaves it; without it keys lie open.</summary>
    public const string WrapName = "wrap";

    private const int KeySize = 32;

    private static long _protections;

    private readonly Ed25519PrivateKey? _identity;
    private Ed25519PrivateKey? _log;

    // Whether the key in memory is that of a log begun anew; a rollback may have taken it out of the file.
    private bool _isRenewed;
    private byte[]? _wrapped;
    private SymmetricKey? _wrapping;

    private KeyRing(ThreadId thread, SymmetricKey replica, ReadOnlySpan<byte> read, Ed25519PrivateKey? identity, Ed25519PrivateKey? log)
    {
        Thread = thread;
        Replica = replica;
        Reads = new ReadKeys(read);
        _identity = identity;
        _log = log;
    }

    /// <summary>How often this process has protected keys otherwise than before.</summary>
    public static long Protections => Interlocked.Read(ref _protections);

    public ThreadId Thread { get; }

    public SymmetricKey Replica { get; }

    /// <summary>The read keys: the thread's first, and those of rotations.</summary>
    public ReadKeys Reads { get; }

    /// <summary>The thread's first read key. Null: this file may keep and pass on records, and reads nothing.</summary>
    public SymmetricKey? Read => Reads.First;

    /// <exception cref="ThreadsException">A replicator writes nothing and has none.</exception>
    public Ed25519PrivateKey Identity => _identity ?? throw ThreadsErrors.KeyMissing(nameof(KeyKind.IdentityPrivate));

    /// <summary>The key of the log this file writes.</summary>
    /// <exception cref="ThreadsException">A replicator writes nothing and has none.</exception>
    public Ed25519PrivateKey Log => _log ?? throw ThreadsErrors.KeyMissing(nameof(KeyKind.LogPrivate));

    /// <summary>The identity in protobuf, 36 bytes, as records carry it.</summary>
    public byte[] IdentityPublicKey => field ??= _identity is null ? [] : KeyProtobuf.EncodePublic(_identity.PublicKey);

    /// <summary>What a replicator has of a thread: enough to verify its records and to keep them.</summary>
    public static KeyRing OfReplica(ThreadId thread, ReadOnlySpan<byte> replica) => new(thread, new SymmetricKey(replica), default, null, null);

    /// <summary>Makes the keys of a new file, in its first transaction.</summary>
    /// <param name="database">The file.</param>
    /// <param name="options">How it was asked for.</param>
    /// <param name="thread">Makes the thread's id, if need be of the identity that will own it.</param>
    /// <param name="replica">32 bytes.</param>
    /// <param name="read">32 bytes, or none.</param>
    public static KeyRing Create(SqliteDatabase database, ThreadFileOptions options, Func<Ed25519PrivateKey, ThreadId> thread, ReadOnlySpan<byte> replica, ReadOnlySpan<byte> read)
    {
        var random = options.Random;
        Span<byte> secrets = stackalloc byte[KeySize * 3];
        try
        {
            random.Fill(secrets);
            options.Identity?.Key.CopySeed(secrets[(2 * KeySize)..]);
            var wrapping = secrets[..KeySize];
            var meta = new MetaStore(database);
            FilePlace.Claim(database, options);
            var wrapped = options.Protection.Wrap(wrapping, random);
            if (wrapped is not null)
            {
                meta.Set(WrapName, wrapped);
            }

            var wrap = wrapped is null ? null : new SymmetricKey(wrapping);
            Store(database, KeyKind.Replica, replica, wrap, random);
            if (!read.IsEmpty)
            {
                Store(database, KeyKind.Read, read, wrap, random);
            }

            Store(database, KeyKind.LogPrivate, secrets[KeySize..(2 * KeySize)], wrap, random);
            Store(database, KeyKind.IdentityPrivate, secrets[(2 * KeySize)..], wrap, random);
            var identity = new Ed25519PrivateKey(secrets[(2 * KeySize)..]);
            var keys = new KeyRing(thread(identity), new SymmetricKey(replica), read, identity, new Ed25519PrivateKey(secrets[KeySize..(2 * KeySize)]));
            meta.Set("thread", keys.Thread.ToBytes());
            keys.Take(wrapped, wrap);
            return keys;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secrets);
        }
    }

    /// <summary>Opens the keys of a file.</summary>
    /// <exception cref="ThreadsException">The password is missing or wrong.</exception>
    public static KeyRing Load(SqliteDatabase database, KeyProtection protection)
    {
        var meta = new MetaStore(database);
        var thread = ThreadId.FromBytes(meta.Bytes("thread") ?? throw ThreadsErrors.KeyMissing("thread id"));
        var wrapped = meta.Bytes(WrapName);
        var wrap = protection.Open(wrapped);
        Span<byte> key = stackalloc byte[KeySize];
        Span<byte> read = stackalloc byte[KeySize];
        try
        {
            Fetch(database, KeyKind.Replica, wrap, key);
            var replica = new SymmetricKey(key);
            var canRead = TryFetch(database, KeyKind.Read, wrap, read);
            Fetch(database, KeyKind.IdentityPrivate, wrap, key);
            var identity = new Ed25519PrivateKey(key);
            Fetch(database, KeyKind.LogPrivate, wrap, key);
            var keys = new KeyRing(thread, replica, canRead ? read : default, identity, new Ed25519PrivateKey(key));
            keys.Take(wrapped, wrap);
            keys.LoadRotated(database, wrap);
            return keys;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
            CryptographicOperations.ZeroMemory(read);
        }
    }

    /// <summary>Begins a new log, in a write transaction: this file is a copy, and the old key is the original's.</summary>
    public void RenewLog(SqliteDatabase database, ThreadFileOptions options)
    {
        var meta = new MetaStore(database);
        var wrap = Wrapping(database, options.Protection);
        Span<byte> seed = stackalloc byte[KeySize];
        try
        {
            options.Random.Fill(seed);
            database["DELETE FROM _threads_key WHERE log = 0 AND kind = ?"].Bind(1, (long)KeyKind.LogPrivate).Run();
            Store(database, KeyKind.LogPrivate, seed, wrap, options.Random);
            Take(new Ed25519PrivateKey(seed));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }

        _isRenewed = true;
        meta.Set("log_key", Log.PublicKey.ToArray());
        meta.Remove("log");
        FilePlace.Claim(database, options);
    }

    /// <summary>Another connection may have begun a new log, or a transaction in which this one did may have come to nothing; its key is read anew then.</summary>
    public bool FollowLog(SqliteDatabase database, KeyProtection protection)
    {
        // Only a log that was begun anew has it: asking for the public key costs arithmetic that a file which is only read can do without.
        var meta = new MetaStore(database);
        var key = meta.Bytes("log_key");
        if (key is null ? !_isRenewed : key.AsSpan().SequenceEqual(Log.PublicKey))
        {
            return false;
        }

        var wrap = Wrapping(database, protection);
        Span<byte> seed = stackalloc byte[KeySize];
        try
        {
            Fetch(database, KeyKind.LogPrivate, wrap, seed);
            Take(new Ed25519PrivateKey(seed));
            _isRenewed = key is not null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }

        return true;
    }

    /// <summary>Whether these bytes are what the wrapping key was read from; null: there is none.</summary>
    public bool IsWrappedBy(byte[]? wrapped) => _wrapped is null ? wrapped is null : wrapped is not null && _wrapped.AsSpan().SequenceEqual(wrapped);

    /// <summary>In a write transaction: every key in the file under a new wrapping key, and that under another protection. What opened the old one opens nothing here any more.</summary>
    /// <exception cref="ThreadsException">The protection that stands does not open, or a key is damaged.</exception>
    public void Protect(SqliteDatabase database, KeyProtection before, KeyProtection after, IRandomSource random)
    {
        var wrap = Wrapping(database, before);
        Span<byte> secrets = stackalloc byte[2 * KeySize];
        try
        {
            random.Fill(secrets[..KeySize]);
            var wrapped = after.Wrap(secrets[..KeySize], random);
            var wrapping = wrapped is null ? null : new SymmetricKey(secrets[..KeySize]);
            foreach (var (log, kind, since) in Stored(database))
            {
                var row = database["SELECT key FROM _threads_key WHERE log = ? AND kind = ? AND since = ?"].Bind(1, log).Bind(2, kind).Bind(3, since);
                row.Step();
                var isWhole = TryOpen(row.Blob(0), wrap, secrets[KeySize..]);
                row.Reset();
                if (!isWhole)
                {
                    throw ThreadsErrors.KeyDamaged(((KeyKind)kind).ToString());
                }

                database["UPDATE _threads_key SET key = ? WHERE log = ? AND kind = ? AND since = ?"]
                    .Bind(1, Sealed(secrets[KeySize..], wrapping, random).AsSpan()).Bind(2, log).Bind(3, kind).Bind(4, since).Run();
            }

            var meta = new MetaStore(database);
            if (wrapped is null)
            {
                meta.Remove(WrapName);
            }
            else
            {
                meta.Set(WrapName, wrapped);
            }

            Take(wrapped, wrapping);
            Interlocked.Increment(ref _protections);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secrets);
        }
    }

    public void Dispose()
    {
        Replica.Dispose();
        Reads.Dispose();
        _identity?.Dispose();
        _log?.Dispose();
        _wrapping?.Dispose();
    }

    private void Take(Ed25519PrivateKey log)
    {
        _log?.Dispose();
        _log = log;
    }

    /// <summary>The wrapping key as it is now: another connection may have changed it.</summary>
    private SymmetricKey? Wrapping(SqliteDatabase database, KeyProtection protection)
    {
        var wrapped = new MetaStore(database).Bytes(WrapName);
        if (!IsWrappedBy(wrapped))
        {
            var wrapping = protection.Open(wrapped);
            Take(wrapped, wrapping);
        }

        return _wrapping;
    }

    private void Take(byte[]? wrapped, SymmetricKey? wrapping)
    {
        var before = _wrapping;
        (_wrapped, _wrapping) = (wrapped, wrapping);
        before?.Dispose();
    }

    private static List<(long Log, long Kind, long Since)> Stored(SqliteDatabase database)
    {
        var stored = new List<(long, long, long)>();
        var rows = database["SELECT log, kind, since FROM _threads_key"];
        while (rows.Step())
        {
            stored.Add((rows.Int64(0), rows.Int64(1), rows.Int64(2)));
        }

        return stored;
    }

    private static void Store(SqliteDatabase database, KeyKind kind, ReadOnlySpan<byte> key, SymmetricKey? wrap, IRandomSource random)
        => database["INSERT INTO _threads_key(log, kind, since, key) VALUES(0, ?, 1, ?)"].Bind(1, (long)kind).Bind(2, Sealed(key, wrap, random).AsSpan()).Run();

    private static byte[] Sealed(ReadOnlySpan<byte> key, SymmetricKey? wrap, IRandomSource random)
    {
        if (wrap is null)
        {
            return key.ToArray();
        }

        Span<byte> nonce = stackalloc byte[SymmetricKey.NonceSize];
        var wrapped = new byte[KeySize + SymmetricKey.Overhead];
        random.Fill(nonce);
        wrap.Seal(nonce, key, wrapped);
        return wrapped;
    }

    private static bool TryOpen(ReadOnlySpan<byte> stored, SymmetricKey? wrap, Span<byte> destination)
        => wrap is null ? stored.Length == KeySize && stored.TryCopyTo(destination) : stored.Length == KeySize + SymmetricKey.Overhead && wrap.TryOpen(stored, destination);

    private static void Fetch(SqliteDatabase database, KeyKind kind, SymmetricKey? wrap, Span<byte> destination)
    {
        if (!TryFetch(database, kind, wrap, destination))
        {
            throw ThreadsErrors.KeyMissing(kind.ToString());
        }
    }

    private static bool TryFetch(SqliteDatabase database, KeyKind kind, SymmetricKey? wrap, Span<byte> destination)
    {
        var row = database["SELECT key FROM _threads_key WHERE log = 0 AND kind = ? ORDER BY since DESC LIMIT 1"].Bind(1, (long)kind);
        if (!row.Step())
        {
            return false;
        }

        var whole = TryOpen(row.Blob(0), wrap, destination);
        row.Reset();
        return whole ? true : throw ThreadsErrors.KeyDamaged(kind.ToString());
    }

    private static bool TryUnwrap(ReadOnlySpan<byte> stored, SymmetricKey? wrap, Span<byte> destination)
        => wrap is null ? stored.Length == KeySize && stored.TryCopyTo(destination) : stored.Length == KeySize + SymmetricKey.Overhead && wrap.TryOpen(stored, destination);
}
