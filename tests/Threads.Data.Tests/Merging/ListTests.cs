namespace Threads.Data.Tests.Merging;

/// <summary>Lists that several people arrange, through SQL (issue 5, point 3).</summary>
public class ListTests
{
    private static readonly string[] Schema =
    [
        "CREATE TABLE plan(id INTEGER PRIMARY KEY, steps TEXT)",
        "SELECT threads_merge('plan', 'steps', 'list')",
    ];

    [Theory]
    [InlineData("""["a","b","c"]""", """["a","x","b","c"]""", """["a","b","c","y"]""", """["a","x","b","c","y"]""")]
    [InlineData("""["a","b","c"]""", """["c","a","b"]""", """["a","b","c","d"]""", """["c","a","b","d"]""")]
    [InlineData("""["a","b","c"]""", """["b","c"]""", """["b","c","a"]""", """["b","c"]""")]
    [InlineData("""["a","b","c"]""", """["b","c","a"]""", """["a","c","b"]""", """["c","b","a"]|["c","a","b"]|["b","c","a"]""")]
    [InlineData("""[{"id":1,"t":"x"},{"id":2}]""", """[{"id":2},{"id":1,"t":"x"}]""", """[{"id":1,"t":"y"},{"id":2}]""", """[{"id":2},{"id":1,"t":"y"}]""")]
    [InlineData("""[1, 2]""", """[1, 2, 3]""", """[0, 1, 2]""", """[0,1,2,3]""")]
    [InlineData(null, """[1]""", """[2]""", """[1,2]|[2,1]""")]
    public void What_two_do_to_a_list_both_counts(string? start, string first, string second, string expected)
    {
        using var alice = Peer.New(Schema);
        using var bob = CounterTests.Started(alice, $"INSERT INTO plan VALUES(1, {(start is null ? "NULL" : $"'{start}'")})");
        alice.Run($"UPDATE plan SET steps = '{first}'");
        bob.Run($"UPDATE plan SET steps = '{second}'");
        CounterTests.Exchange(alice, bob);
        Assert.Contains(Steps(alice), expected.Split('|'));
    }

    [Fact]
    public void Concurrent_moves_of_an_element_end_in_one_place_and_it_is_there_once()
    {
        using var alice = Peer.New(Schema);
        using var bob = CounterTests.Started(alice, "INSERT INTO plan VALUES(1, '[1,2,3,4,5]')");
        alice.Run("UPDATE plan SET steps = '[2,3,1,4,5]'", "UPDATE plan SET steps = '[2,3,4,5,1]'");
        bob.Run("UPDATE plan SET steps = '[2,1,3,4,5]'");
        CounterTests.Exchange(alice, bob);
        Assert.Equal("[2,1,3,4,5]", Steps(alice));
    }

    [Fact]
    public void A_list_shows_in_one_form_wherever_it_was_written()
    {
        using var alice = Peer.New(Schema);
        using var bob = CounterTests.Started(alice, "INSERT INTO plan VALUES(1, '[1, 2]')");
        Assert.Equal("[1, 2]", Steps(bob));
        alice.Run("UPDATE plan SET steps = '[ 1, 2, {\"a\": [1, 2]} ]'");
        Assert.Equal("""[1,2,{"a": [1, 2]}]""", Steps(alice));
        CounterTests.Exchange(alice, bob);
    }

    [Fact]
    public void What_is_no_array_is_assigned()
    {
        using var alice = Peer.New(Schema);
        using var bob = CounterTests.Started(alice, "INSERT INTO plan VALUES(1, '[1,2]')");
        alice.Run("UPDATE plan SET steps = '[1,2,3]'");
        bob.Run("UPDATE plan SET steps = 'no list'");
        CounterTests.Exchange(alice, bob);
        Assert.Equal("no list", Steps(alice));
        alice.Run("UPDATE plan SET steps = '[]'", "UPDATE plan SET steps = '[4]'");
        CounterTests.Exchange(alice, bob);
        Assert.Equal("[4]", Steps(bob));
    }

    [Fact]
    public void A_change_of_an_older_list_is_merged_with_what_arrived_in_between()
    {
        using var alice = Peer.New(Schema);
        using var bob = CounterTests.Started(alice, "INSERT INTO plan VALUES(1, '[1,2,3]')");
        bob.Run("UPDATE plan SET steps = '[3,1,2]'");
        bob.SendTo(alice);
        alice.Connection.Thread.RecordChange("[1,2,3]", "[1,2,3,4]");
        alice.Run("UPDATE plan SET steps = '[1,2,3,4]'");
        Assert.Equal("[3,1,2,4]", Steps(alice));
        CounterTests.Exchange(alice, bob);
    }

    [Fact]
    public void Json_functions_count_as_what_they_do()
    {
        using var alice = Peer.New(Schema);
        using var bob = CounterTests.Started(alice, "INSERT INTO plan VALUES(1, '[1,2,3]')");
        alice.Run("UPDATE plan SET steps = json_insert(steps, '$[#]', 4)");
        bob.Run("UPDATE plan SET steps = json_remove(steps, '$[0]')");
        CounterTests.Exchange(alice, bob);
        Assert.Equal("[2,3,4]", Steps(alice));
    }

    private static string Steps(Peer peer) => peer.One<string>("SELECT steps FROM plan");
}
