using System.Security.Cryptography;
using Threads.Data.Cryptography;
using Threads.Data.Tests.AdoNet;

namespace Threads.Data.Tests.Storage;

// Issue 7, point 8; T-LOG-7: what the keys in a file lie under.
public sealed class KeysAtRestTests : IDisposable
{
    private const string Table = "CREATE TABLE IF NOT EXISTS note(id INTEGER PRIMARY KEY, text TEXT)";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("threads-keys-");

    private string Database => Path.Combine(_folder.FullName, "a.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Under_a_password_no_key_lies_open_in_the_file_and_without_one_each_does()
    {
        Assert.Equal(4, KeysIn(Made("")).Count(Lies));
        Assert.Equal(0, KeysIn(Made("secret")).Count(Lies));
    }

    [Fact]
    public void A_wrong_password_a_missing_one_and_one_too_many_each_say_so()
    {
        Made("secret");
        Assert.Equal(ThreadsErrorCode.PasswordWrong, Refusal("Secret"));
        Assert.Equal(ThreadsErrorCode.PasswordMissing, Refusal(""));
        File.Delete(Database);
        Made("");
        Assert.Equal(ThreadsErrorCode.NotProtected, Refusal("secret"));
    }

    [Fact]
    public void A_changed_password_opens_and_the_one_before_does_not()
    {
        using (var source = Source("one"))
        using (var connection = source.OpenConnection())
        {
            connection.Run(Table);
            connection.Thread.ChangePassword("two");
            connection.Run("INSERT INTO note VALUES(1, 'after')");
        }

        Assert.Equal(ThreadsErrorCode.PasswordWrong, Refusal("one"));
        using var now = Source("two");
        using var again = now.OpenConnection();
        Assert.Equal("after", again.Scalar("SELECT text FROM note"));
        again.Run("INSERT INTO note VALUES(2, 'more')");
        (again.Thread.Verify()).ThrowIfNotSound();
    }

    [Fact]
    public async Task Keys_that_lay_open_are_nowhere_in_the_file_once_a_password_protects_them()
    {
        using var source = Source("");
        using var connection = source.OpenConnection();
        connection.Run(Table);
        for (var i = 0; i < 200; i++)
            connection.Run($"INSERT INTO note VALUES({i}, '{new string('x', 100)}')");
        var keys = KeysIn(connection);
        Assert.All(keys, key => Assert.True(Lies(key)));

        await connection.Thread.ChangePasswordAsync("secret");
        Assert.DoesNotContain(keys, Lies);

        await connection.Thread.ChangePasswordAsync(null);
        Assert.All(keys, key => Assert.True(Lies(key)));
    }

    [Fact]
    public void What_the_old_password_opened_opens_nothing_of_the_file_as_it_is_now()
    {
        byte[] Wrapped(ThreadsConnection c) => c.Physical!.Session.Core.Meta.Bytes("wrap")!;
        using var source = Source("one");
        using var connection = source.OpenConnection();
        var before = new byte[32];
        KeyWrap.Unwrap("one", Wrapped(connection), before);
        connection.Thread.ChangePassword("two");
        var after = new byte[32];
        KeyWrap.Unwrap("two", Wrapped(connection), after);
        Assert.NotEqual(before, after);
    }

    [Fact]
    public void A_pool_opened_with_the_old_password_gives_out_nothing_after_the_change()
    {
        using var old = Source("one");
        using var other = Source("one");
        old.OpenConnection().Dispose();
        using (var connection = other.OpenConnection())
        {
            connection.Thread.ChangePassword("two");
        }

        foreach (var source in new[] { old, other })
            Assert.Equal(ThreadsErrorCode.PasswordWrong, Assert.Throws<ThreadsException>(() => source.OpenConnection()).ThreadsErrorCode);
        using var now = Source("two");
        using var opened = now.OpenConnection();
    }

    [Fact]
    public void A_pool_opened_without_a_password_gives_out_nothing_after_one_is_set()
    {
        using var old = Source("");
        using var other = Source("");
        old.OpenConnection().Dispose();
        using (var connection = other.OpenConnection())
        {
            connection.Thread.ChangePassword("two");
        }

        foreach (var source in new[] { old, other })
            Assert.Equal(ThreadsErrorCode.PasswordMissing, Assert.Throws<ThreadsException>(() => source.OpenConnection()).ThreadsErrorCode);
    }

    [Fact]
    public void A_connection_that_was_open_goes_on_and_both_write_after_the_change()
    {
        using var source = Source("one");
        using var first = source.OpenConnection();
        first.Run(Table);
        using var second = source.OpenConnection();
        second.Thread.ChangePassword("two");
        first.Run("INSERT INTO note VALUES(1, 'first')");
        second.Run("INSERT INTO note VALUES(2, 'second')");
        Assert.Equal(2L, first.Scalar("SELECT count(*) FROM note"));

        // It knows only a password that opens nothing any more.
        Assert.Equal(ThreadsErrorCode.None, Change(first, "three"));
        Assert.Equal(ThreadsErrorCode.PasswordWrong, Refusal("two"));
    }

    [Fact]
    public void A_change_by_who_opened_the_file_with_a_password_that_is_no_longer_its_own_is_refused()
    {
        using var one = Source("one");
        using var connection = one.OpenConnection();
        using (var two = Source("one"))
        using (var other = two.OpenConnection())
            other.Thread.ChangePassword("two");
        Assert.Equal(ThreadsErrorCode.PasswordWrong, Change(connection, "mine"));
        Assert.Equal(ThreadsErrorCode.PasswordWrong, Refusal("mine"));
        using var now = Source("two");
        using var opened = now.OpenConnection();
    }

    [Fact]
    public void In_a_transaction_and_in_a_file_that_is_read_only_it_is_refused()
    {
        Made("one");
        using var source = Source("one");
        using var connection = source.OpenConnection();
        using (connection.BeginTransaction())
            Assert.Equal(ThreadsErrorCode.Refused, Change(connection, "two"));
        using var reading = new ThreadsConnection($"Data Source={Database};Mode=ReadOnly;Password=one");
        reading.Open();
        Assert.Equal(ThreadsErrorCode.ReadOnly, Change(reading, "two"));
    }

    [Fact]
    public void A_copied_file_goes_on_in_its_own_log_after_a_change()
    {
        using var source = Source("one");
        using var connection = source.OpenConnection();
        connection.Run(Table);
        connection.Thread.ChangePassword("two");
        var copy = Path.Combine(_folder.FullName, "copy.db");
        connection.Thread.Backup(copy);
        using var copied = new ThreadsDataSource($"Data Source={copy};Password=two;Pooling=False");
        using var there = copied.OpenConnection();
        there.Run("INSERT INTO note VALUES(1, 'x')");
        Assert.NotEqual(connection.Thread.LogId, there.Thread.LogId);
        there.Close();
        there.Open();
        Assert.Equal(connection.Thread.Identity, there.Thread.Identity);
    }

    [Fact]
    public void A_key_file_opens_the_keys_and_only_its_owner_may_read_it()
    {
        var file = new KeyFile(Path.Combine(_folder.FullName, "a.key"));
        using (var source = By(file))
        using (var connection = source.OpenConnection())
        {
            connection.Run(Table);
            Assert.DoesNotContain(KeysIn(connection), Lies);
        }

        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file.Path));
        using (var source = By(new KeyFile(file.Path)))
        using (var connection = source.OpenConnection())
            Assert.Equal(0L, connection.Scalar("SELECT count(*) FROM note"));
        Assert.Equal(ThreadsErrorCode.ProtectorMissing, Refusal(""));
        Assert.Equal(ThreadsErrorCode.ProtectorMissing, Refusal("secret"));
    }

    [Fact]
    public void A_key_file_that_is_missing_open_to_others_or_anothers_is_refused_by_name()
    {
        var path = Path.Combine(_folder.FullName, "a.key");
        using (var source = By(new KeyFile(path)))
            source.OpenConnection().Dispose();

        ThreadsErrorCode Opened()
        {
            using var source = By(new KeyFile(path));
            return Assert.Throws<ThreadsException>(() => source.OpenConnection()).ThreadsErrorCode;
        }

        var key = File.ReadAllBytes(path);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
            Assert.Equal(ThreadsErrorCode.ProtectorRefused, Opened());
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        key[0] ^= 1;
        File.WriteAllBytes(path, key);
        Assert.Equal(ThreadsErrorCode.ProtectorRefused, Opened());
        File.WriteAllBytes(path, key[..31]);
        Assert.Equal(ThreadsErrorCode.ProtectorRefused, Opened());
        File.Delete(path);
        Assert.Equal(ThreadsErrorCode.ProtectorRefused, Opened());
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void From_a_password_to_a_protector_and_back()
    {
        var protector = new Memory();
        Made("one");
        using (var source = Source("one"))
        using (var connection = source.OpenConnection())
            connection.Thread.ChangeKeyProtector(protector);
        Assert.Equal(ThreadsErrorCode.ProtectorMissing, Refusal("one"));
        using (var source = By(protector))
        using (var connection = source.OpenConnection())
            connection.Thread.ChangePassword("two");
        using (var source = By(protector))
            Assert.Equal(ThreadsErrorCode.PasswordMissing, Assert.Throws<ThreadsException>(() => source.OpenConnection()).ThreadsErrorCode);
        using var now = Source("two");
        using var opened = now.OpenConnection();
    }

    [Fact]
    public void A_password_beside_a_protector_is_refused()
        => Assert.Throws<ArgumentException>(() => new ThreadsDataSourceBuilder($"Data Source={Database};Password=x").ProtectKeysBy(new Memory()).Build());

    [Fact]
    public void Every_altered_byte_of_what_protects_is_refused_by_name_and_in_time()
    {
        Made("one");
        using var source = Source("one");
        byte[] wrapped;
        using (var connection = source.OpenConnection())
            wrapped = connection.Physical!.Session.Core.Meta.Bytes("wrap")!;
        var protection = new Data.Storage.KeyProtection("one", null, 1);
        for (var i = 0; i < wrapped.Length; i++)
        {
            var altered = (byte[])wrapped.Clone();

            // The lowest bit: a higher one of the rounds asks for millions of them, which is what is stored and no fault.
            altered[i] ^= i is 1 or 2 ? (byte)0xff : (byte)1;
            var e = Assert.Throws<ThreadsException>(() => protection.Open(altered));
            Assert.Contains(e.ThreadsErrorCode, new[] { ThreadsErrorCode.PasswordWrong, ThreadsErrorCode.KeyDamaged });
        }
    }

    private static ThreadsErrorCode Change(ThreadsConnection connection, string password)
    {
        try
        {
            connection.Thread.ChangePassword(password);
            return ThreadsErrorCode.None;
        }
        catch (ThreadsException e)
        {
            return e.ThreadsErrorCode;
        }
    }

    private ThreadsDataSource By(IKeyProtector protector) => new ThreadsDataSourceBuilder($"Data Source={Database}").ProtectKeysBy(protector).Build();

    private ThreadsDataSource Source(string password)
        => new ThreadsDataSourceBuilder($"Data Source={Database}{(password.Length == 0 ? "" : $";Password={password}")}").PasswordRounds(2).Build();

    private ThreadsErrorCode Refusal(string password)
    {
        using var source = Source(password);
        return Assert.Throws<ThreadsException>(() => source.OpenConnection()).ThreadsErrorCode;
    }

    /// <summary>A new file; its connection is closed.</summary>
    private byte[][] Made(string password)
    {
        File.Delete(Database);
        using var source = Source(password);
        using var connection = source.OpenConnection();
        connection.Run(Table);
        return KeysIn(connection).ToArray();
    }

    private static List<byte[]> KeysIn(byte[][] keys) => [.. keys];

    /// <summary>Replica and read key, log key and identity.</summary>
    private static List<byte[]> KeysIn(ThreadsConnection connection)
    {
        var ring = connection.Physical!.Session.Core.Keys;
        var keys = new List<byte[]> { new byte[32], new byte[32], new byte[32], new byte[32] };
        ring.Replica.CopyTo(keys[0]);
        ring.Read!.CopyTo(keys[1]);
        ring.Log.CopySeed(keys[2]);
        ring.Identity.CopySeed(keys[3]);
        return keys;
    }

    /// <summary>Whether the key lies open in the file, or in what is written ahead of it.</summary>
    private bool Lies(byte[] key)
        => new[] { Database, Database + "-wal" }.Where(File.Exists).Any(file =>
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes.AsSpan().IndexOf(key) >= 0;
        });

    /// <summary>A protector as a platform's store would be one.</summary>
    private sealed class Memory : IKeyProtector
    {
        private readonly Dictionary<string, byte[]> _keys = [];

        public string Name => "memory";

        public byte[] Protect(ReadOnlySpan<byte> key)
        {
            _keys["1"] = key.ToArray();
            return "1"u8.ToArray();
        }

        public byte[] Unprotect(ReadOnlySpan<byte> protectedKey)
            => _keys.TryGetValue(System.Text.Encoding.UTF8.GetString(protectedKey), out var key) ? (byte[])key.Clone() : throw new CryptographicException();
    }
}
