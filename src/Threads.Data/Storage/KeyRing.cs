using System.Security.Cryptography;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Data.Sqlite;

namespace Threads.Data.Storage;

/// <summary>
/// The keys of a thread as its file holds them: replica and read key, this writer's log key and identity. With a password they lie wrapped under a key that only the
/// password opens; without one they are as open as the tables beside them.
/// </summary>
internal sealed class KeyRing : IDisposable
{
    private const int KeySize = 32;

    private readonly Ed25519PrivateKey? _identity;
    private Ed25519PrivateKey? _log;

    private KeyRing(ThreadId thread, SymmetricKey replica, SymmetricKey? read, Ed25519PrivateKey? identity, Ed25519PrivateKey? log)
    {
        Thread = thread;
        Replica = replica;
        Read = read;
        _identity = identity;
        _log = log;
        IdentityPublicKey = identity is null ? [] : KeyProtobuf.EncodePublic(identity.PublicKey);
    }

    public ThreadId Thread { get; }

    public SymmetricKey Replica { get; }

    /// <summary>Null: this file may keep and pass on records, and reads nothing.</summary>
    public SymmetricKey? Read { get; }

    /// <exception cref="ThreadsException">A replicator writes nothing and has none.</exception>
    public Ed25519PrivateKey Identity => _identity ?? throw ThreadsErrors.KeyMissing(nameof(KeyKind.IdentityPrivate));

    /// <summary>The key of the log this file writes.</summary>
    /// <exception cref="ThreadsException">A replicator writes nothing and has none.</exception>
    public Ed25519PrivateKey Log => _log ?? throw ThreadsErrors.KeyMissing(nameof(KeyKind.LogPrivate));

    /// <summary>The identity in protobuf, 36 bytes, as records carry it.</summary>
    public byte[] IdentityPublicKey { get; }

    /// <summary>What a replicator has of a thread: enough to verify its records and to keep them.</summary>
    public static KeyRing OfReplica(ThreadId thread, ReadOnlySpan<byte> replica) => new(thread, new SymmetricKey(replica), null, null, null);

    /// <summary>Makes the keys of a new file, in its first transaction.</summary>
    /// <param name="database">The file.</param>
    /// <param name="options">How it was asked for.</param>
    /// <param name="thread">The thread, or what makes its id of the identity that will own it.</param>
    /// <param name="replica">32 bytes.</param>
    /// <param name="read">32 bytes, or none.</param>
    public static KeyRing Create(SqliteDatabase database, ThreadFileOptions options, Func<PeerId, ThreadId> thread, ReadOnlySpan<byte> replica, ReadOnlySpan<byte> read)
    {
        var (password, random) = (options.Password, options.Random);
        Span<byte> secrets = stackalloc byte[KeySize * 3];
        try
        {
            random.Fill(secrets);
            var wrapping = secrets[..KeySize];
            var meta = new MetaStore(database);
            FilePlace.Claim(database, options);
            if (password is not null)
            {
                meta.Set("wrap", KeyWrap.Wrap(password, wrapping, random));
            }

            using var wrap = password is null ? null : new SymmetricKey(wrapping);
            Store(database, KeyKind.Replica, replica, wrap, random);
            if (!read.IsEmpty)
            {
                Store(database, KeyKind.Read, read, wrap, random);
            }

            Store(database, KeyKind.LogPrivate, secrets[KeySize..(2 * KeySize)], wrap, random);
            Store(database, KeyKind.IdentityPrivate, secrets[(2 * KeySize)..], wrap, random);
            var identity = new Ed25519PrivateKey(secrets[(2 * KeySize)..]);
            var keys = new KeyRing(thread(PeerId.FromPublicKey(identity.PublicKey)), new SymmetricKey(replica), read.IsEmpty ? null : new SymmetricKey(read),
                identity, new Ed25519PrivateKey(secrets[KeySize..(2 * KeySize)]));
            meta.Set("thread", keys.Thread.ToBytes());
            meta.Set("log_key", keys.Log.PublicKey.ToArray());
            return keys;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secrets);
        }
    }

    /// <summary>Opens the keys of a file.</summary>
    /// <exception cref="ThreadsException">The password is missing or wrong.</exception>
    public static KeyRing Load(SqliteDatabase database, string? password)
    {
        var meta = new MetaStore(database);
        var thread = ThreadId.FromBytes(meta.Bytes("thread") ?? throw ThreadsErrors.KeyMissing("thread id"));
        using var wrap = OpenWrap(meta.Bytes("wrap"), password);
        Span<byte> key = stackalloc byte[KeySize];
        try
        {
            Fetch(database, KeyKind.Replica, wrap, key);
            var replica = new SymmetricKey(key);
            var read = TryFetch(database, KeyKind.Read, wrap, key) ? new SymmetricKey(key) : null;
            Fetch(database, KeyKind.IdentityPrivate, wrap, key);
            var identity = new Ed25519PrivateKey(key);
            Fetch(database, KeyKind.LogPrivate, wrap, key);
            return new KeyRing(thread, replica, read, identity, new Ed25519PrivateKey(key));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Begins a new log, in a write transaction: this file is a copy, and the old key is the original's.</summary>
    public void RenewLog(SqliteDatabase database, ThreadFileOptions options)
    {
        var meta = new MetaStore(database);
        using var wrap = OpenWrap(meta.Bytes("wrap"), options.Password);
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

        meta.Set("log_key", Log.PublicKey.ToArray());
        meta.Remove("log");
        FilePlace.Claim(database, options);
    }

    /// <summary>Another connection may have begun a new log; its key is read anew then.</summary>
    public bool FollowLog(SqliteDatabase database, string? password)
    {
        var meta = new MetaStore(database);
        if (meta.Bytes("log_key") is not { } key || key.AsSpan().SequenceEqual(Log.PublicKey))
        {
            return false;
        }

        using var wrap = OpenWrap(meta.Bytes("wrap"), password);
        Span<byte> seed = stackalloc byte[KeySize];
        try
        {
            Fetch(database, KeyKind.LogPrivate, wrap, seed);
            Take(new Ed25519PrivateKey(seed));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }

        return true;
    }

    public void Dispose()
    {
        Replica.Dispose();
        Read?.Dispose();
        _identity?.Dispose();
        _log?.Dispose();
    }

    private void Take(Ed25519PrivateKey log)
    {
        _log?.Dispose();
        _log = log;
    }

    private static SymmetricKey? OpenWrap(byte[]? wrapped, string? password)
    {
        if (wrapped is null)
        {
            return null;
        }

        if (password is null)
        {
            throw ThreadsErrors.PasswordMissing();
        }

        Span<byte> key = stackalloc byte[KeySize];
        try
        {
            KeyWrap.Unwrap(password, wrapped, key);
            return new SymmetricKey(key);
        }
        catch (KeyUnwrapException e)
        {
            throw ThreadsErrors.PasswordWrong(e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static void Store(SqliteDatabase database, KeyKind kind, ReadOnlySpan<byte> key, SymmetricKey? wrap, IRandomSource random)
    {
        var insert = database["INSERT INTO _threads_key(log, kind, since, key) VALUES(0, ?, 1, ?)"].Bind(1, (long)kind);
        if (wrap is null)
        {
            insert.Bind(2, key).Run();
            return;
        }

        Span<byte> nonce = stackalloc byte[SymmetricKey.NonceSize];
        Span<byte> wrapped = stackalloc byte[KeySize + SymmetricKey.Overhead];
        random.Fill(nonce);
        wrap.Seal(nonce, key, wrapped);
        insert.Bind(2, wrapped).Run();
    }

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

        var stored = row.Blob(0);
        var whole = wrap is null ? stored.Length == KeySize && stored.TryCopyTo(destination) : stored.Length == KeySize + SymmetricKey.Overhead && wrap.TryOpen(stored, destination);
        row.Reset();
        return whole ? true : throw ThreadsErrors.KeyDamaged(kind.ToString());
    }
}
