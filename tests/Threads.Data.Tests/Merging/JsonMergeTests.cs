using static Threads.Data.Tests.Merging.CounterTests;

namespace Threads.Data.Tests.Merging;

/// <summary>Documents merge down to members and to elements that have an id (issue 5, point 2; T-STO-20).</summary>
public class JsonMergeTests
{
    private static readonly string[] Schema = ["CREATE TABLE d(id INTEGER PRIMARY KEY, doc TEXT)", "SELECT threads_merge('d', 'doc', 'json')"];

    [Fact]
    public void Edits_of_different_members_both_stand()
        => Merges("""{"name":"n","address":{"city":"c","zip":1},"x":1}""", "json_set(doc, '$.address.city', 'Bern')", "json_set(doc, '$.address.zip', 2, '$.new', 3)",
            """{"name":"n","address":{"city":"Bern","zip":2},"x":1,"new":3}""");

    [Fact]
    public void Of_two_edits_of_one_member_the_later_stands()
        => Merges("""{"a":1}""", "json_set(doc, '$.a', 'alice')", "json_set(doc, '$.a', 'bob')", """{"a":"bob"}""");

    [Fact]
    public void A_member_that_was_removed_stays_so_under_a_later_edit_of_what_is_in_it()
        => Merges("""{"o":{"x":1},"b":2}""", "json_remove(doc, '$.o')", "json_set(doc, '$.o.x', 2)", """{"b":2}""");

    [Fact]
    public void A_member_set_as_a_whole_takes_later_edits_of_what_is_in_it()
        => Merges("""{"o":{"x":1}}""", "json_set(doc, '$.o', json('[]'))", "json_set(doc, '$.o.x', 2)", """{"o":[]}""");

    [Fact]
    public void Elements_with_an_id_merge_one_by_one()
        => Merges("""{"items":[{"id":1,"q":1},{"id":2,"q":1},{"id":3,"q":1}]}""",
            "json_set(json_remove(doc, '$.items[0]'), '$.items[#]', json('{\"id\":4,\"q\":1}'))", "json_set(doc, '$.items[1].q', 7, '$.items[0].q', 9)",
            """{"items":[{"id":2,"q":7},{"id":3,"q":1},{"q":1,"id":4}]}""");

    [Fact]
    public void An_order_given_to_elements_with_ids_keeps_what_others_added()
        => Merges("""[{"id":"a"},{"id":"b"},{"id":"c"}]""", """json('[{"id":"c"},{"id":"a"},{"id":"b"}]')""", """json_insert(doc, '$[#]', json('{"id":"d"}'))""",
            """[{"id":"c"},{"id":"d"},{"id":"a"},{"id":"b"}]""");

    [Fact]
    public void An_array_whose_elements_have_no_id_is_a_value()
        => Merges("""{"s":[1,2],"t":1}""", "json_set(doc, '$.s[0]', 5, '$.t', 2)", "json_set(doc, '$.s[1]', 6)", """{"s":[1,6],"t":2}""");

    [Fact]
    public void An_element_is_known_by_the_member_that_is_declared()
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice, """INSERT INTO d VALUES(1, '[{"sku":"a","n":1},{"sku":"b","n":1}]')""");
        foreach (var peer in new[] { alice, bob })
        {
            peer.Connection.Thread.SetMerge("d", "doc", MergeKind.JsonBy("sku"));
        }

        alice.Run("UPDATE d SET doc = json_set(doc, '$[0].n', 2)");
        bob.Run("UPDATE d SET doc = json_remove(doc, '$[0]')", "UPDATE d SET doc = json_set(doc, '$[0].n', 3)");
        Exchange(alice, bob);
        Assert.Equal("""[{"sku":"b","n":3}]""", alice.One<string>("SELECT doc FROM d"));
    }

    [Fact]
    public void All_peers_hold_the_same_text_whatever_the_writer_wrote()
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice, """INSERT INTO d VALUES(1, '{ "b" : 1e2, "a":"\u00e9", "big": 12345678901234567890.5 }')""");
        Assert.Equal(alice.Digest, bob.Digest);
        alice.Run("""UPDATE d SET doc = '{"a":"é",  "big":12345678901234567890.50, "b":100.0, "c":"\u00e9<"}'""");
        Assert.Equal("""{"b":100.0,"a":"é","big":12345678901234567890.50,"c":"é<"}""", alice.One<string>("SELECT doc FROM d"));
        Exchange(alice, bob);
    }

    [Theory]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData("no json")]
    [InlineData("{\"a\":\"\\ud800\"}")]
    [InlineData("5")]
    public void What_does_not_merge_is_assigned_as_a_whole(string text)
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice, """INSERT INTO d VALUES(1, '{"a":1}')""");
        alice.Run($"UPDATE d SET doc = '{text}'");
        Assert.Equal(text, alice.One<string>("SELECT doc FROM d"));
        Exchange(alice, bob);
        Assert.Equal(text, bob.One<string>("SELECT doc FROM d"));
    }

    [Fact]
    public void Deep_and_large_documents_are_bounded()
    {
        using var alice = Peer.New(Schema);
        string Deep(int depth, int value) => string.Concat(Enumerable.Repeat("{\"n\":", depth)) + value + new string('}', depth);
        using var bob = Started(alice, $"INSERT INTO d VALUES(1, '{Deep(200, 1)}'), (2, '{Deep(27, 1)}'), (3, '{{}}')");
        alice.Run($"UPDATE d SET doc = '{Deep(200, 2)}' WHERE id = 1", $"UPDATE d SET doc = '{Deep(27, 2)}' WHERE id = 2",
            $"UPDATE d SET doc = '{{{string.Join(',', Enumerable.Range(0, 5_000).Select(i => $"\"m{i}\":{i}"))}}}' WHERE id = 3");
        bob.Run($"UPDATE d SET doc = '{Deep(26, 3).Replace("3", "{}", StringComparison.Ordinal)}' WHERE id = 2");
        Exchange(alice, bob);
    }

    private static void Merges(string start, string byAlice, string byBob, string expected)
    {
        using var alice = Peer.New(Schema);
        using var bob = Started(alice, $"INSERT INTO d VALUES(1, '{start}')");
        alice.Run($"UPDATE d SET doc = {byAlice}");
        bob.Run($"UPDATE d SET doc = {byBob}");
        Exchange(alice, bob);
        Assert.Equal(expected, bob.One<string>("SELECT doc FROM d"));
    }
}
