using FsCheck;
using FsCheck.Fluent;
using Threads.Data.Identity;

namespace Threads.Data.Tests.Identity;

public class PeerIdTests
{
    private const string Rsa = "QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN";
    private const string Key = "11111111111111111111111111111111111111111111111111111111111111" + "11";

    [SkippableFact]
    public void Ids_of_the_npm_packages_come_from_their_keys_in_all_texts()
    {
        foreach (var entry in Vectors.List("threads-peers.json", "peers"))
        {
            var peer = PeerId.FromPublicKey(entry.Hex("publicKeyRaw"));
            Assert.Equal(entry.Hex("peerIdBytes"), peer.ToBytes());
            Assert.Equal(entry.Text("peerIdBase58"), peer.ToString());
            Assert.Equal(entry.Text("peerIdCidBase32"), peer.ToCidText());
            Assert.Equal(entry.Hex("publicKeyRaw"), peer.PublicKey.ToArray());
            Assert.Equal(peer, PeerId.FromBytes(entry.Hex("peerIdBytes")));
            Assert.Equal(peer, PeerId.Parse(entry.Text("peerIdBase58")));
            Assert.Equal(peer, PeerId.Parse(entry.Text("peerIdCidBase32")));

            var log = LogId.FromPublicKey(entry.Hex("publicKeyRaw"));
            Assert.Equal(entry.Hex("peerIdBytes"), log.ToBytes());
            Assert.Equal(entry.Text("peerIdBase58"), log.ToString());
            Assert.Equal(entry.Text("peerIdCidBase32"), log.ToCidText());
            Assert.Equal(entry.Hex("publicKeyRaw"), log.PublicKey.ToArray());
            Assert.Equal(log, LogId.FromBytes(entry.Hex("peerIdBytes")));
            Assert.Equal(log, LogId.Parse(entry.Text("peerIdBase58")));
            Assert.Equal(log, LogId.Parse(entry.Text("peerIdCidBase32")));
        }
    }

    [SkippableFact]
    public void Texts_of_other_peers_are_read()
    {
        foreach (var entry in Vectors.List("threads-peers.json", "peerIdTexts"))
        {
            var peer = PeerId.Parse(entry.Text("text"));
            Assert.Equal(entry.GetProperty("js").Hex("bytes"), peer.ToBytes());
            Assert.Equal(entry.GetProperty("js").Text("base58"), peer.ToString());
            Assert.Equal(peer, PeerId.Parse(peer.ToCidText()));
        }
    }

    [Fact]
    public void The_id_of_an_rsa_peer_holds_no_key_and_is_no_log_id()
    {
        var peer = PeerId.Parse(Rsa);
        Assert.True(peer.PublicKey.IsEmpty);
        Assert.Equal(Rsa, peer.ToString());
        Assert.False(LogId.TryParse(Rsa, out _));
        Assert.False(LogId.TryFromBytes(peer.Bytes, out _));
        Assert.Contains("Ed25519", Assert.Throws<FormatException>(() => LogId.Parse(Rsa)).Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => LogId.FromBytes(PeerId.Parse(Rsa).Bytes));
    }

    [Theory]
    [InlineData("", PeerIdError.Multihash)]
    [InlineData("0024080112", PeerIdError.Multihash)]
    [InlineData("002408011220" + Key + "00", PeerIdError.Multihash)]
    [InlineData("1114" + "1111111111111111111111111111111111111111", PeerIdError.HashFunction)]
    [InlineData("0000", PeerIdError.PublicKey)]
    [InlineData("002308011220" + "11111111111111111111111111111111111111111111111111111111111111", PeerIdError.PublicKey)]
    [InlineData("00230801121f" + "11111111111111111111111111111111111111111111111111111111111111", PeerIdError.PublicKey)]
    [InlineData("002408041220" + Key, PeerIdError.PublicKey)]
    [InlineData("002b08001227" + Key + "22222222222222", PeerIdError.PublicKey)]
    public void Each_refusal_has_its_name(string hex, object error)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.Equal((PeerIdError)error, PeerIdForm.Check(bytes, mustBeEd25519: false));
        Assert.False(PeerId.TryFromBytes(bytes, out _));
        Assert.Contains($"'{hex}'", Assert.Throws<FormatException>(() => PeerId.FromBytes(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secp256k1_peer_is_a_peer_and_no_log()
    {
        var bytes = Convert.FromHexString("002508021221" + Key + "22");
        Assert.Equal(bytes, PeerId.FromBytes(bytes).ToBytes());
        Assert.Equal(0, PeerId.FromBytes(bytes).PublicKey.Length);
        Assert.Equal(PeerIdError.NotEd25519, PeerIdForm.Check(bytes, mustBeEd25519: true));
    }

    [Theory]
    [InlineData("", PeerIdError.Text)]
    [InlineData("12D3KooW", PeerIdError.Multihash)]
    [InlineData("12D3KooW0", PeerIdError.Text)]
    [InlineData("bafzaajaiaejc", PeerIdError.Text)]
    [InlineData("bafyreifqwkmiw256ojf2zws6tzjeonw6bpd5vza4i22ccpcq4hjv2ts7cm", PeerIdError.NotLibp2pKey)]
    public void Each_refusal_of_text_has_its_name(string text, object error)
    {
        Assert.Equal((PeerIdError)error, PeerIdForm.TryReadText(text, mustBeEd25519: false, out _));
        Assert.False(PeerId.TryParse(text, out _));
        Assert.Contains($"'{text}'", Assert.Throws<FormatException>(() => PeerId.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_public_key_of_another_length_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => PeerId.FromPublicKey(new byte[31]));
        Assert.Throws<ArgumentOutOfRangeException>(() => LogId.FromPublicKey(new byte[33]));
    }

    [Fact]
    public void The_default_value_is_no_id()
    {
        Assert.False(default(PeerId).IsDefined);
        Assert.Equal("", default(PeerId).ToString());
        Assert.Equal("", default(PeerId).ToCidText());
        Assert.Equal("", default(LogId).ToString());
        Assert.True(default(LogId) == default);
        Assert.True(default(LogId) != LogId.FromPublicKey(new byte[32]));
        Assert.True(default(LogId).PublicKey.IsEmpty);
    }

    [Fact]
    public void Garbage_never_crashes() =>
        Prop.ForAll<byte[], string>((bytes, text) =>
        {
            PeerId.TryParse(text, out _);
            PeerId.TryParse("1" + text, out _);
            LogId.TryParse("b" + text, out _);
            return !PeerId.TryFromBytes(bytes, out var id) || id.Bytes.SequenceEqual(bytes);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
}
