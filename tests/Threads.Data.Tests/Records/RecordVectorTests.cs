using System.Text.Json;
using Threads.Data.Cryptography;
using Threads.Data.Ipld;
using Threads.Data.Records;

namespace Threads.Data.Tests.Records;

/// <summary>Records of other peers: shared/vectors/threads-log.json and threads-log-bad.json.</summary>
public class RecordVectorTests
{
    public static TheoryData<string, int> Refusals => new()
    {
        { "one bit of the signature flipped", (int)RecordRefusal.BadSignature },
        { "prev points at the other writer's record, signature unchanged", (int)RecordRefusal.BadSignature },
        { "prev left out, signature unchanged", (int)RecordRefusal.BadSignature },
        { "signed by another log's key", (int)RecordRefusal.BadSignature },
        { "block is another event, signature unchanged", (int)RecordRefusal.BadSignature },
        { "sealed with another service key", (int)RecordRefusal.RecordSealed },
        { "signature of 63 bytes", (int)RecordRefusal.BadSignature },
        { "unknown field in the record", (int)RecordRefusal.MalformedRecord },
        { "sig missing", (int)RecordRefusal.MalformedRecord },
        { "sig is text", (int)RecordRefusal.MalformedRecord },
        { "block is bytes instead of a link", (int)RecordRefusal.MalformedRecord },
        { "decrypted CBOR is cut short", (int)RecordRefusal.NotCanonical },
        { "decrypted CBOR has a byte behind it", (int)RecordRefusal.NotCanonical },
        { "decrypted CBOR is not canonical (map header of two bytes)", (int)RecordRefusal.NotCanonical },
        { "body ciphertext flipped: body no longer has the CID the event names", (int)RecordRefusal.OtherBody },
        { "header ciphertext flipped", (int)RecordRefusal.OtherHeader },
        { "header sealed with another read key, event rebuilt and signed", (int)RecordRefusal.HeaderSealed },

        // Whole records; their log refuses them: by its head, by the identity bound to it, by its other first record.
        { "prev points at the other writer's record, signed again by this log", (int)RecordRefusal.None },
        { "pubKey replaced: the signature does not cover it on any record but the first, so go-threads accepts this", (int)RecordRefusal.None },
        { "first record of a log with another event: the signature covers only pubKey, so go-threads accepts it", (int)RecordRefusal.None },
    };

    [SkippableTheory]
    [MemberData(nameof(Refusals))]
    public void Bad_record_gets_its_refusal(string name, int expected)
    {
        var file = Vectors.Load("threads-log-bad.json");
        var entry = file.GetProperty("records").EnumerateArray().Single(r => r.Text("name") == name);
        Assert.Equal((RecordRefusal)expected, Judge(file.GetProperty("thread"), entry, out _));
    }

    [SkippableFact]
    public void Every_bad_record_is_named_here() =>
        Assert.Equal(
            Vectors.List("threads-log-bad.json", "records").Select(r => r.Text("name")).Order(), Refusals.Select(row => (string)row[0]).Order());

    [SkippableFact]
    public void What_the_log_must_judge_is_handed_to_it()
    {
        var file = Vectors.Load("threads-log-bad.json");
        var thread = file.GetProperty("thread");
        var records = file.GetProperty("records").EnumerateArray().ToDictionary(r => r.Text("name"));
        var head = Cid.Parse(file.Text("prevOfAll"));
        var log = Vectors.List("threads-log.json", "logs")[0];
        var first = Vectors.List("threads-log.json", "records")[0];

        Judge(thread, records["prev points at the other writer's record, signed again by this log"], out var otherPrevious);
        Assert.NotEqual(head, otherPrevious!.Previous);
        Judge(thread, records.Single(r => r.Key.StartsWith("pubKey replaced", StringComparison.Ordinal)).Value, out var otherIdentity);
        Assert.Equal(head, otherIdentity!.Previous);
        Assert.NotEqual(log.Text("identityPublicKey"), Convert.ToHexStringLower(otherIdentity.Identity));
        Judge(thread, records.Single(r => r.Key.StartsWith("first record", StringComparison.Ordinal)).Value, out var otherFirst);
        Assert.False(otherFirst!.Previous.IsDefined);
        Assert.NotEqual(Cid.Parse(first.GetProperty("event").Text("cid")), otherFirst.EventCid);
    }

    [SkippableFact]
    public void Records_of_other_peers_open_to_their_fields_and_payload()
    {
        var file = Vectors.Load("threads-log.json");
        var thread = file.GetProperty("thread");
        using var readKey = new SymmetricKey(thread.Hex("readKey"));
        foreach (var entry in file.GetProperty("records").EnumerateArray())
        {
            var log = file.GetProperty("logs").EnumerateArray().Single(l => l.Text("logId") == entry.Text("log"));
            Assert.Equal(RecordRefusal.None, Judge(thread, entry, out var record, log.Hex("logPublicKey")));
            Assert.Equal(entry.GetProperty("record").Text("cid"), record!.RecordCid.ToString());
            Assert.Equal(entry.GetProperty("event").Text("cid"), record.EventCid.ToString());
            Assert.Equal(entry.GetProperty("header").Text("cid"), record.HeaderCid.ToString());
            Assert.Equal(entry.GetProperty("body").Text("cid"), record.BodyCid.ToString());
            Assert.Equal(entry.TextOrNull("prev") ?? "", record.Previous.ToString());
            Assert.Equal(entry.GetProperty("recordFields").Text("sig"), Convert.ToHexStringLower(record.Signature));
            Assert.Equal(entry.GetProperty("recordFields").Text("pubKey"), Convert.ToHexStringLower(record.Identity));
            var signed = new byte[SealedRecord.SignedSize];
            Assert.Equal(
                entry.Text("signedBytes"),
                Convert.ToHexStringLower(signed.AsSpan(0, SealedRecord.WriteSigned(signed, record.EventCid, record.Previous, record.Identity))));
            var payload = new byte[record.PayloadSize];
            Assert.Equal(RecordRefusal.None, RecordOpener.OpenBody(record, readKey, payload));
            Assert.Equal(entry.Text("bodyPlain"), Convert.ToHexStringLower(payload));
        }
    }

    [SkippableFact]
    public void Records_sealed_from_the_same_keys_and_nonces_are_those_of_other_peers()
    {
        var file = Vectors.Load("threads-log.json");
        using var replicaKey = new SymmetricKey(file.GetProperty("thread").Hex("serviceKey"));
        using var readKey = new SymmetricKey(file.GetProperty("thread").Hex("readKey"));
        foreach (var entry in file.GetProperty("records").EnumerateArray())
        {
            var log = file.GetProperty("logs").EnumerateArray().Single(l => l.Text("logId") == entry.Text("log"));
            using var logKey = new Ed25519PrivateKey(log.Hex("logSeed"));
            var random = new FixedRandomSource(
                [.. entry.Hex("contentKey"), .. Nonce(entry, "header"), .. Nonce(entry, "body"), .. Nonce(entry, "record")]);
            var previous = entry.TextOrNull("prev") is { } text ? Cid.Parse(text) : default;
            var record = RecordSealer.Seal(replicaKey, readKey, logKey, log.Hex("identityPublicKey"), previous, entry.Hex("bodyPlain"), random);
            Check(entry, record);

            // And again from what is stored.
            var again = SealedRecord.FromRow(record.Row, previous, replicaKey, log.Hex("identityPublicKey"));
            Check(entry, again!);
        }

        static void Check(JsonElement entry, SealedRecord record)
        {
            Assert.Equal(entry.GetProperty("record").Text("bytes"), Convert.ToHexStringLower(record.RecordBlock));
            Assert.Equal(entry.GetProperty("event").Text("bytes"), Convert.ToHexStringLower(record.EventBlock()));
            Assert.Equal(entry.GetProperty("header").Text("bytes"), Convert.ToHexStringLower(record.HeaderBlock()));
            Assert.Equal(entry.GetProperty("body").Text("bytes"), Convert.ToHexStringLower(record.BodyBlock()));
            Assert.Equal(entry.GetProperty("record").Text("cid"), record.RecordCid.ToString());
        }

        static byte[] Nonce(JsonElement entry, string block)
        {
            Assert.True(RecordLayout.TryUnwrap(entry.GetProperty(block).Hex("bytes"), out var bytes));
            return bytes[..12].ToArray();
        }
    }

    private static RecordRefusal Judge(JsonElement thread, JsonElement entry, out SealedRecord? record, byte[]? logPublicKey = null)
    {
        using var replicaKey = new SymmetricKey(thread.Hex("serviceKey"));
        using var readKey = new SymmetricKey(thread.Hex("readKey"));
        var refusal = RecordOpener.OpenRecord(
            replicaKey,
            entry.GetProperty("record").Hex("bytes"),
            entry.GetProperty("event").Hex("bytes"),
            entry.GetProperty("header").Hex("bytes"),
            entry.GetProperty("body").Hex("bytes"),
            out record);
        if (refusal != RecordRefusal.None)
            return refusal;
        Assert.True(Ed25519PublicKey.TryCreate((logPublicKey ?? entry.Hex("logPublicKey")).AsSpan(4), out var logKey));
        using (logKey)
        {
            if (!record!.SignatureHolds(logKey))
                return RecordRefusal.BadSignature;
        }

        return RecordOpener.OpenBody(record, readKey, new byte[record.PayloadSize]);
    }
}
