using System.Text.Json.Nodes;
using Threads.Net.Mvds;

namespace Threads.Net.Tests.Mvds;

/// <summary>M-WIRE-1, M-WIRE-2, M-WIRE-4: bytes and ids of MVDS (mvds.json, confirmed by the Go reference).</summary>
public sealed class MvdsVectorTests
{
    private static readonly (string Name, MvdsProfile Profile)[] Profiles = [("ref", MvdsProfile.Reference), ("rfc2", MvdsProfile.Rfc2)];

    private static JsonNode Vectors => JsonNode.Parse(File.ReadAllText(SharedFolder.Path("vectors", "mvds.json")))!;

    [SkippableFact]
    public void Message_ids_are_those_of_the_reference()
    {
        foreach (var vector in Vectors["messages"]!.AsArray())
        {
            Assert.Equal((string)vector!["message_id"]!, Message(vector).Id.ToString());
        }
    }

    [SkippableFact]
    public void Messages_have_the_bytes_of_each_profile()
    {
        foreach (var vector in Vectors["messages"]!.AsArray())
        {
            foreach (var (name, profile) in Profiles)
            {
                Assert.Equal((string)vector!["wire"]![name]!, Convert.ToHexStringLower(MvdsCodec.Encode(Message(vector), profile)));
            }
        }
    }

    [SkippableFact]
    public void Payloads_have_the_bytes_of_each_profile_and_are_read_back()
    {
        var messages = Vectors["messages"]!.AsArray().ToDictionary(v => (string)v!["name"]!, v => Message(v!));
        foreach (var vector in Vectors["payloads"]!.AsArray())
        {
            var payload = new MvdsPayload(Ids(vector!["acks"]!), Ids(vector["offers"]!), Ids(vector["requests"]!), [.. vector["messages"]!.AsArray().Select(m => messages[(string)m!])]);
            Assert.Equal((bool)vector["is_valid"]!, !payload.IsEmpty);
            foreach (var (name, profile) in Profiles)
            {
                var bytes = MvdsCodec.Encode(payload, profile);
                Assert.Equal((string)vector["wire"]![name]!, Convert.ToHexStringLower(bytes));
                var read = MvdsCodec.Decode(bytes, profile);
                Assert.Equal(payload.Acks, read.Acks);
                Assert.Equal(payload.Offers, read.Offers);
                Assert.Equal(payload.Requests, read.Requests);
                Assert.Equal(payload.Messages.Select(m => m.Id), read.Messages.Select(m => m.Id));
                Assert.Equal(payload.Messages.Select(m => m.Metadata?.Parents.Count), read.Messages.Select(m => m.Metadata?.Parents.Count));
            }
        }
    }

    [SkippableFact]
    public void The_nested_form_of_2019_is_refused()
    {
        foreach (var vector in Vectors["payloads"]!.AsArray().Where(v => (string?)v!["wire"]!["old"] is { } old && old != (string)v["wire"]!["ref"]!))
        {
            Assert.Throws<ThreadsPeerException>(() => MvdsCodec.Decode(Convert.FromHexString((string)vector!["wire"]!["old"]!)));
        }
    }

    [SkippableFact]
    public void What_must_not_match_does_not()
    {
        var negative = Vectors["negative"]!.AsArray();
        var basic = Message(Vectors["messages"]!.AsArray()[0]!);
        Assert.Equal((string)negative[0]!["right_id"]!, basic.Id.ToString());
        Assert.NotEqual((string)negative[0]!["wrong_id"]!, basic.Id.ToString());
        foreach (var name in negative[1]!["same_id_for"]!.AsArray())
        {
            Assert.Equal((string)negative[1]!["id"]!, Message(Vectors["messages"]!.AsArray().Single(v => (string)v!["name"]! == (string)name!)!).Id.ToString());
        }

        // Groups of another length would make ids ambiguous.
        var shortGroup = Vectors["messages"]!.AsArray().Single(v => (string)v!["name"]! == "short-group")!;
        var payload = MvdsCodec.Encode(new([], [], [], [Message(shortGroup)]));
        Assert.Throws<ThreadsPeerException>(() => MvdsCodec.Decode(payload));
    }

    [SkippableFact]
    public void Back_off_is_as_computed_there()
    {
        foreach (var (index, backOff) in new (int, Func<long, int, long>)[] { (0, MvdsOptions.Linear), (4, MvdsOptions.Sawtooth) })
        {
            var vector = Vectors["retransmission"]!.AsArray()[index]!;
            var next = vector["next"]!.AsArray().Select(n => (long)n!).ToArray();
            Assert.Equal(next, Enumerable.Range(1, next.Length).Select(count => backOff((long)vector["epoch"]!, count)));
        }

        var spread = MvdsOptions.WithJitter(MvdsOptions.Sawtooth, max => max - 1);
        Assert.Equal(256 + 64, spread(0, 9));
        Assert.Equal(1, spread(0, 1));
    }

    [Theory]
    [InlineData("0a1f")]
    [InlineData("0a20")]
    [InlineData("0aff")]
    [InlineData("2202ffff")]
    [InlineData("22040a020102")]
    [InlineData("ff")]
    public void Malformed_bytes_are_refused_by_name(string hex) =>
        Assert.Equal(ThreadsPeerErrorCode.MessageMalformed, Assert.Throws<ThreadsPeerException>(() => MvdsCodec.Decode(Convert.FromHexString(hex))).ErrorCode);

    [Fact]
    public void Too_many_items_are_refused_by_name()
    {
        var payload = new MvdsPayload([.. Enumerable.Range(0, 11).Select(i => new MvdsId([.. new byte[31], (byte)i]))], [], [], []);
        var bytes = MvdsCodec.Encode(payload);
        Assert.Equal(11, MvdsCodec.Decode(bytes, maxItems: 11).Acks.Count);
        Assert.Equal(ThreadsPeerErrorCode.MessageTooLarge, Assert.Throws<ThreadsPeerException>(() => MvdsCodec.Decode(bytes, maxItems: 10)).ErrorCode);
    }

    private static MvdsMessage Message(JsonNode vector) => new()
    {
        Group = vector.Bytes("group_id"),
        Timestamp = (long)vector["timestamp"]!,
        Body = vector.Bytes("body"),
        Metadata = vector["metadata"] is { } metadata ? new(Ids(metadata["parents"]!), (bool)metadata["ephemeral"]!) : null,
    };

    private static MvdsId[] Ids(JsonNode list) => [.. list.AsArray().Select(id => new MvdsId(Convert.FromHexString((string)id!)))];
}
