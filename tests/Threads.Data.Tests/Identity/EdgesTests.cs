using System.Globalization;
using System.Text;
using System.Text.Json;
using Threads.Data.Identity;
using Threads.Data.Ipld;

namespace Threads.Data.Tests.Identity;

public class EdgesTests
{
    [SkippableFact]
    public void The_hash_is_fnv_1a()
    {
        foreach (var entry in Vectors.List("threads-edges.json", "fnv1a"))
            Assert.Equal(entry.Text("hash"), Edges.Hash(Encoding.UTF8.GetBytes(entry.Text("text"))).ToString("x16", CultureInfo.InvariantCulture));
    }

    [SkippableFact]
    public void Edges_of_heads_are_those_of_the_vectors()
    {
        foreach (var entry in Vectors.List("threads-edges.json", "heads"))
        {
            var heads = Entries(entry).Select(e => (LogId.FromBytes(e.Id), e.Value.Length == 0 ? default : Cid.FromBytes(e.Value)));
            Assert.Equal(entry.Text("edge"), Edges.Heads(heads).ToString(CultureInfo.InvariantCulture));
        }
    }

    [SkippableFact]
    public void Edges_of_addresses_are_those_of_the_vectors()
    {
        foreach (var entry in Vectors.List("threads-edges.json", "addresses"))
        {
            var addresses = Entries(entry).Select(e => (LogId.FromBytes(e.Id), Multiaddress.FromBytes(e.Value)));
            Assert.Equal(entry.Text("edge"), Edges.Addresses(addresses).ToString(CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public void An_empty_list_gives_the_basis() => Assert.Equal(14695981039346656037UL, Edges.Heads([]));

    private static IEnumerable<(byte[] Id, byte[] Value)> Entries(JsonElement entry) =>
        entry.GetProperty("entries").EnumerateArray().Select(e => (e.Hex("id"), e.Hex("value")));
}
