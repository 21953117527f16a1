using Threads.Data.Identity;
using Threads.Data.Storage;

namespace Threads.Data;

public sealed partial class LocalThread
{
    /// <summary>
    /// Puts all keys in the file under another password, whatever they lie under now: one transaction, so that the old one or the new one opens the file, whenever a process is killed. They get a new wrapping key, too: what opened
    /// the old ones opens nothing of the file as it is from now on. Connections that are open go on; those opened next, by pools of this process too, need the new password.
    /// </summary>
    /// <param name="password">Null or empty: the keys lie open in the file.</param>
    /// <exception cref="ThreadsException">A transaction is open, the file is read only, or the password this connection was opened with is the file's no longer.</exception>
    public void ChangePassword(string? password)
        => Protect(_connection.Settings.Protection with { Password = string.IsNullOrEmpty(password) ? null : password, Protector = null });

    /// <inheritdoc cref="ChangePassword" />
    /// <param name="password">Null or empty: the keys lie open in the file.</param>
    /// <param name="cancellationToken">Before it begins.</param>
    public Task ChangePasswordAsync(string? password, CancellationToken cancellationToken = default) => Task.Run(() => ChangePassword(password), cancellationToken);

    /// <summary>Puts all keys in the file under a protector, in the place of a password or another one; else as <see cref="ChangePassword"/>.</summary>
    /// <exception cref="ThreadsException">A transaction is open, the file is read only, or what this connection was opened with opens the file no longer.</exception>
    public void ChangeKeyProtector(IKeyProtector protector)
    {
        ArgumentNullException.ThrowIfNull(protector);
        Protect(_connection.Settings.Protection with { Password = null, Protector = protector });
    }

    /// <inheritdoc cref="ChangeKeyProtector" />
    /// <param name="protector">What keeps the key from now on.</param>
    /// <param name="cancellationToken">Before it begins.</param>
    public Task ChangeKeyProtectorAsync(IKeyProtector protector, CancellationToken cancellationToken = default) => Task.Run(() => ChangeKeyProtector(protector), cancellationToken);

    /// <summary>
    /// This peer's identity and the thread's keys as text, encrypted under a passphrase of its own, to go on as the same peer on a new device (<see cref="ThreadsDataSource.ImportIdentity(string, string, string)"/>). Rows and records
    /// are not in it: they come from any peer. The new device writes a log of its own.
    /// </summary>
    /// <param name="passphrase">Whoever has it and the text is this peer.</param>
    public string ExportIdentity(string passphrase)
    {
        ArgumentException.ThrowIfNullOrEmpty(passphrase);
        return _connection.Guarded(() => Reading(() =>
        {
            var replica = GC.AllocateArray<byte>(ThreadKey.KeySizeBytes, pinned: true);
            Core.Keys.Replica.CopyTo(replica);
            using var seed = new ThreadSeed(Core.Keys.Thread, replica, Core.Keys.Read is null ? [] : Core.Keys.ExportReads(), Core.Meta.Bytes(ThreadFile.FirstListName));
            using var identity = CopyIdentity();
            return IdentityText.Write(seed, identity, passphrase, _connection.Settings.Protection.Iterations, Core.Options.Random);
        }));
    }

    /// <inheritdoc cref="ExportIdentity" />
    /// <param name="passphrase">Whoever has it and the text is this peer.</param>
    /// <param name="cancellationToken">Before it begins.</param>
    public Task<string> ExportIdentityAsync(string passphrase, CancellationToken cancellationToken = default) => Task.Run(() => ExportIdentity(passphrase), cancellationToken);

    /// <summary>A copy of this peer's identity, to dispose of: for its <see cref="PeerIdentity.ToRecoveryPhrase"/>, or to join another thread as the same peer.</summary>
    public PeerIdentity CopyIdentity()
    {
        Span<byte> seed = stackalloc byte[Cryptography.Ed25519.SeedSize];
        try
        {
            Core.Keys.Identity.CopySeed(seed);
            return PeerIdentity.FromSeed(seed);
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>Keeps read keys that somebody handed over, and folds what waited for them.</summary>
    internal void TakeReads(IReadOnlyList<byte[]> keys)
    {
        if (keys.Count > 0)
        {
            _connection.Guarded(() => Writing(() =>
            {
                Core.Keys.TakeReads(Session.Database, Session.Options, keys);
                Core.Locked.Settle();
                return true;
            }));
        }
    }

    private void Protect(KeyProtection protection)
    {
        _connection.Guarded(() =>
        {
            if (Session.Options.IsReadOnly)
            {
                throw ThreadsErrors.ReadOnly();
            }

            if (Session.InTransaction)
            {
                throw ThreadsErrors.ProtectionInTransaction();
            }

            // What lay open, or under a key that is given up, must not stay behind in a free page.
            Session.Database.Execute("PRAGMA secure_delete = 1");
            try
            {
                Writing(() =>
                {
                    Core.Keys.Protect(Session.Database, Session.Options.Protection, protection, Session.Options.Random);
                    return true;
                });
                Session.Database.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
            }
            finally
            {
                Session.Database.Execute("PRAGMA secure_delete = 0");
            }

            return true;
        });
        _connection.ForgetPooled();
    }
}
