using Threads.Data.Identity;
using Threads.Data.Tests.AdoNet;

namespace Threads.Data.Tests.Identity;

// Issue 7, point 8: an identity moves to a new device.
public sealed class PeerIdentityTests : IDisposable
{
    private const string Table = "CREATE TABLE IF NOT EXISTS note(id INTEGER PRIMARY KEY, text TEXT)";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("threads-identity-");

    public void Dispose() => _folder.Delete(recursive: true);

    // From the test vectors of BIP-39 (trezor/python-mnemonic, vectors.json).
    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art")]
    [InlineData("8080808080808080808080808080808080808080808080808080808080808080", "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic bless")]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote")]
    [InlineData("68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c", "hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel tennis maple dilemma loan word shrug inflict delay length")]
    [InlineData("f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f", "void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen patrol group space point ten exist slush involve unfold")]
    public void A_recovery_phrase_is_as_BIP_39_has_it(string seed, string phrase)
    {
        using var identity = PeerIdentity.FromSeed(Convert.FromHexString(seed));
        Assert.Equal(phrase, identity.ToRecoveryPhrase());
        using var again = PeerIdentity.FromRecoveryPhrase("  " + phrase.ToUpperInvariant().Replace(" ", "\n ") + "\t");
        Assert.Equal(identity.Id, again.Id);
    }

    [Fact]
    public void Words_that_are_none_too_few_or_in_another_order_are_refused_by_name()
    {
        using var identity = PeerIdentity.Create();
        var words = identity.ToRecoveryPhrase().Split(' ');
        Assert.Contains("23", Refused(words[..23]), StringComparison.Ordinal);
        Assert.Contains("word 5 ", Refused([.. words[..4], "kitten5", .. words[5..]]), StringComparison.Ordinal);

        // The last word holds eight bits of checksum: of its 2,047 neighbours one in 256 holds by chance.
        var others = File.ReadAllLines(Path.Combine(Root(), "src", "Threads.Data", "Resources", "words.txt")).Where(w => w != words[23]).ToArray();
        Assert.Equal(2047, others.Length);
        Assert.Equal(7, others.Count(w => Opens([.. words[..23], w])));
        Assert.DoesNotContain(words[3], Refused([.. words[..2], words[3], "x", .. words[4..]]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_device_is_the_same_identity_with_a_log_of_its_own_and_all_rows()
    {
        using var old = Peer.Owner(Table);
        old.Run("INSERT INTO note VALUES(1, 'old')");
        var text = old.Connection.Thread.ExportIdentity("a passphrase");
        Assert.DoesNotContain(old.Connection.Thread.Key.Export()[1..20], text, StringComparison.Ordinal);

        using var source = ThreadsDataSource.ImportIdentity(text, "a passphrase", Database("new.db"));
        using var connection = source.OpenConnection();
        using var device = Peer.Of(connection, Table);
        Assert.Equal(old.Connection.Thread.Identity, connection.Thread.Identity);
        Assert.Equal(old.Connection.Thread.Id, connection.Thread.Id);
        Assert.NotEqual(old.Connection.Thread.LogId, connection.Thread.LogId);

        // It owns the thread, before a record has come.
        device.Run("INSERT INTO note VALUES(2, 'new')");
        old.SendTo(device);
        device.SendTo(old);
        Assert.Equal(old.Digest, device.Digest);
        Assert.Equal(2, old.One<long>("SELECT count(*) FROM note"));
        Assert.Equal(0, old.One<long>("SELECT count(*) FROM threads_refused"));
        Assert.Equal(0, old.One<long>("SELECT count(*) FROM threads_logs WHERE branch_of IS NOT NULL"));
    }

    [Fact]
    public void Two_imports_write_two_logs_and_an_import_into_the_same_file_goes_on_in_its()
    {
        using var old = Peer.New(Table);
        var text = old.Connection.Thread.ExportIdentity("p");
        var logs = new HashSet<LogId> { old.Connection.Thread.LogId };
        foreach (var file in new[] { "one.db", "two.db", "one.db" })
        {
            using var source = ThreadsDataSource.ImportIdentity(text, "p", Database(file));
            using var connection = source.OpenConnection();
            connection.Run(Table);
            logs.Add(connection.Thread.LogId);
        }

        Assert.Equal(3, logs.Count);
    }

    [Fact]
    public void A_wrong_passphrase_and_every_altered_byte_is_refused()
    {
        using var old = Peer.New();
        using var source = new ThreadsDataSourceBuilder(Database("rounds.db")).PasswordRounds(1).Build();
        using var connection = source.OpenConnection();
        var text = connection.Thread.ExportIdentity("right");
        Assert.Equal(ThreadsErrorCode.PasswordWrong, Refusal(text, "wrong"));
        const int prefix = 17;
        var bytes = System.Buffers.Text.Base64Url.DecodeFromChars(text.AsSpan(prefix));
        for (var i = 0; i < bytes.Length; i++)
        {
            var altered = (byte[])bytes.Clone();
            altered[i] ^= i is 1 or 2 ? (byte)0xff : (byte)1;
            Assert.Contains(Refusal(text[..prefix] + System.Buffers.Text.Base64Url.EncodeToString(altered), "right"), new[] { ThreadsErrorCode.PasswordWrong, ThreadsErrorCode.IdentityText });
        }

        foreach (var bad in new[] { "", "threads-identity:", "threads-identity:%%", text[..^1], text[1..], "threads-identity:" + new string('A', 3_000_000) })
            Assert.Contains(Refusal(bad, "right"), new[] { ThreadsErrorCode.PasswordWrong, ThreadsErrorCode.IdentityText });
        Assert.False(File.Exists(Path.Combine(_folder.FullName, "bad.db")));
    }

    [Fact]
    public void A_file_of_somebody_else_is_not_taken()
    {
        using var old = Peer.New();
        using var other = Peer.At(Path.Combine(_folder.FullName, "other.db"));
        var text = old.Connection.Thread.ExportIdentity("p");
        Assert.Equal(ThreadsErrorCode.OtherIdentity, Assert.Throws<ThreadsException>(() => ThreadsDataSource.ImportIdentity(text, "p", Database("other.db"))).ThreadsErrorCode);
        Assert.Equal(ThreadsErrorCode.Refused, Assert.Throws<ThreadsException>(() => ThreadsDataSource.ImportIdentity(text, "p", "Data Source=:memory:")).ThreadsErrorCode);
    }

    [Fact]
    public void From_the_phrase_and_a_members_key_an_owner_goes_on_after_losing_everything()
    {
        string phrase;
        using var member = Lost(out phrase);
        using var identity = PeerIdentity.FromRecoveryPhrase(phrase);
        using var key = member.Connection.Thread.Key;
        using var source = new ThreadsDataSourceBuilder($"{Database("back.db")};Thread={member.Connection.Thread.Id};Thread Key={key.Export()}").UseIdentity(identity).Build();
        using var connection = source.OpenConnection();
        using var back = Peer.Of(connection, Table);
        member.SendTo(back);
        Assert.True(connection.Access.IsAdmin);
        connection.Access.Grant(member.Connection.Thread.Identity, ThreadRoles.Write);
        back.SendTo(member);
        member.Run("INSERT INTO note VALUES(2, 'member')");
        member.SendTo(back);
        Assert.Equal(back.Digest, member.Digest);
        Assert.Equal(2, back.One<long>("SELECT count(*) FROM note"));
    }

    private static Peer Lost(out string phrase)
    {
        using var owner = Peer.Owner(Table);
        owner.Run("INSERT INTO note VALUES(1, 'owner')");
        using var identity = owner.Connection.Thread.CopyIdentity();
        phrase = identity.ToRecoveryPhrase();
        var member = owner.Join();
        owner.SendTo(member);
        return member;
    }

    private static string Refused(string[] words)
    {
        var e = Assert.Throws<ThreadsException>(() => PeerIdentity.FromRecoveryPhrase(string.Join(' ', words)));
        Assert.Equal(ThreadsErrorCode.IdentityText, e.ThreadsErrorCode);
        return e.Message;
    }

    private static bool Opens(string[] words)
    {
        try
        {
            PeerIdentity.FromRecoveryPhrase(string.Join(' ', words)).Dispose();
            return true;
        }
        catch (ThreadsException)
        {
            return false;
        }
    }

    private ThreadsErrorCode Refusal(string text, string passphrase)
        => Assert.Throws<ThreadsException>(() => ThreadsDataSource.ImportIdentity(text, passphrase, Database("bad.db"))).ThreadsErrorCode;

    private string Database(string name) => $"Data Source={Path.Combine(_folder.FullName, name)}";

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Threads.EF.sln")))
            folder = folder.Parent;
        return folder.FullName;
    }
}
