using Threads.Data.Tests.AdoNet;
using Threads.Data.Tests.Capture;

namespace Threads.Data.Tests.Merging;

/// <summary>Peers that write columns of every merge kind at random, some of whom don't declare the kinds, exchange files at random, and end up with the same tables (I1, I2).</summary>
public class RandomMergeTests
{
    private static readonly string[] Tables =
    [
        "CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER DEFAULT 3, r REAL, d TEXT, x)",
        "CREATE TABLE w(id INTEGER PRIMARY KEY, body TEXT DEFAULT 'once', steps TEXT DEFAULT '[1]')",
        "CREATE TABLE j(id INTEGER PRIMARY KEY, doc TEXT, tags TEXT, hi REAL, lo TEXT, long TEXT, plain JSON)",
        "CREATE TABLE m(k TEXT, l, n INTEGER, PRIMARY KEY(k, l)) WITHOUT ROWID",
    ];

    private static readonly string[] Kinds =
    [
        "SELECT threads_merge('t', 'n', 'counter')",
        "SELECT threads_merge('m', 'n', 'counter')",
        "SELECT threads_merge('j', 'doc', 'json'), threads_merge('j', 'tags', 'set'), threads_merge('j', 'hi', 'max'), threads_merge('j', 'lo', 'min'), threads_merge('j', 'plain', 'json')",
        "SELECT threads_merge('j', 'long', 'custom:random tests: longest')",
        "SELECT threads_merge('t', 'r', 'counter')",
        "SELECT threads_merge('t', 'd', 'counter')",
        "SELECT threads_merge('t', 'x', 'counter')",
        "SELECT threads_merge('w', 'body', 'text')",
        "SELECT threads_merge('w', 'steps', 'list')",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Peers_converge_whatever_they_write_and_declare(int seed) => Run(seed);

    [SkippableFact]
    public void More_peers_converge()
    {
        foreach (var seed in SeedRange.Of("THREADS_MERGE_SEEDS"))
        {
            Run(seed);
        }
    }

    private static void Run(int seed)
    {
        MergeKind.Custom<string>("random tests: longest", (held, assigned) => (held?.Length ?? 0) > (assigned?.Length ?? 0) ? held! : assigned!);
        var random = new Random(seed);
        using var alice = Peer.New([.. Tables, .. Kinds]);
        using var bob = alice.Join();
        using var carol = alice.Join([.. Tables, .. Kinds.Where(_ => random.Next(3) == 0)]);
        Peer[] peers = [alice, bob, carol];
        var script = new List<string>();
        try
        {
            for (var i = 0; i < 100; i++)
            {
                var at = random.Next(3);
                if (random.Next(7) == 0)
                {
                    var to = (at + 1 + random.Next(2)) % 3;
                    script.Add($"{at} > {to}");
                    peers[at].SendTo(peers[to]);
                    continue;
                }

                var sql = random.Next(5) == 0 ? $"BEGIN; {Write(random)}; {Write(random)}; {Write(random)}; COMMIT" : Write(random);
                script.Add($"{at}: {sql}");
                Write(peers[at], sql);
            }

            for (var round = 0; round < 2; round++)
            {
                foreach (var (from, to) in new[] { (0, 1), (1, 2), (2, 0), (0, 1), (1, 2), (2, 1) })
                {
                    peers[from].SendTo(peers[to]);
                }
            }

            var expected = CapturePair.Dump(alice.Connection);
            foreach (var peer in peers)
            {
                Assert.Equal(expected, CapturePair.Dump(peer.Connection));
                Assert.Empty(CapturePair.Conflicts(peer));
                peer.Connection.Thread.RebuildViews();
                Assert.Equal(expected, CapturePair.Dump(peer.Connection));
            }
        }
        catch (Exception e)
        {
            Assert.Fail($"Seed {seed}: {e}\n{string.Join("\n", script)}");
        }
    }

    private static void Write(Peer peer, string sql)
    {
        try
        {
            peer.Connection.Run(sql);
        }
        catch (ThreadsException e) when (e.Message.Contains("malformed JSON", StringComparison.Ordinal))
        {
            if (sql.StartsWith("BEGIN", StringComparison.Ordinal))
            {
                peer.Connection.Run("ROLLBACK");
            }
        }
    }

    private static string Write(Random random)
    {
        int Id() => random.Next(1, 5);
        string Number() => random.Next(12) switch { 0 => "9223372036854775807", 1 => "-4e18", 2 => "1e300", 3 => "NULL", 4 => $"{random.Next(100)}.25", _ => $"{random.Next(-50, 100)}" };
        string Decimal() => random.Next(8) switch { 0 => "NULL", 1 => "'no number'", 2 => "x'00'", _ => $"'{random.Next(-20, 50)}.{random.Next(0, 1000)}'" };
        string Path() => random.GetItems(["$.a", "$.b", "$.o.x", "$.o.y", "$.o", "$.e[0].v", "$.e[1].v", "$.e[1]", "$.s[0]", "$.n"], 1)[0];
        string Json() => random.GetItems(["1", "2.50", "1e3", "\"text\"", "null", "[1,2]", "{\"x\":1}", "{\"n\":2}", "{\"id\":9,\"v\":1}", "[{\"id\":1},{\"id\":3,\"v\":{\"w\":1}}]", "0.12345678901234567890"], 1)[0];
        string Document() => $"'{{\"a\":{Json()},\"o\":{{\"x\":{Json()},\"y\":2}},\"e\":[{{\"id\":1,\"v\":{Json()}}},{{\"id\":2,\"v\":{Json()}}}],\"s\":[1,2]}}'";
        string Tags() => random.Next(6) switch { 0 => "NULL", 1 => "'[]'", 2 => "'no'", _ => $"'[{random.Next(3)}, \"{(char)('a' + random.Next(3))}\", {random.Next(3)}.0]'" };
        return random.Next(38) switch
        {
            16 or 17 => $"INSERT OR IGNORE INTO j(id, doc, tags, hi, lo, long) VALUES({Id()}, {Document()}, {Tags()}, {Number()}, {Decimal()}, 'x')",
            18 or 19 or 20 => $"UPDATE j SET doc = json_set(doc, '{Path()}', json('{Json()}')), plain = json('{Json()}') WHERE id = {Id()} AND json_valid(doc)",
            21 => $"UPDATE j SET doc = json_remove(doc, '{Path()}') WHERE id <= {Id()} AND json_valid(doc)",
            22 => $"UPDATE j SET doc = json_insert(doc, '$.e[#]', json('{{\"id\":{random.Next(5)},\"v\":{Json()}}}')) WHERE id = {Id()} AND json_valid(doc)",
            23 => $"UPDATE j SET doc = json_set(doc, '$.e', (SELECT json_group_array(json(value)) FROM (SELECT value FROM json_each(doc, '$.e') ORDER BY key DESC))) WHERE id = {Id()} AND json_valid(doc)",
            24 or 25 => $"UPDATE j SET tags = {Tags()} WHERE id <= {Id()}",
            26 => $"UPDATE j SET hi = {Number()}, lo = {Decimal()} WHERE id <= {Id()}",
            27 => $"UPDATE j SET hi = hi + 1, long = long || 'y' WHERE id <= {Id()}",
            28 => $"UPDATE j SET long = '{new string('z', random.Next(9))}', doc = {(random.Next(3) == 0 ? Decimal() : Document())} WHERE id = {Id()}",
            29 => $"DELETE FROM j WHERE id = {Id()}",
            30 => $"INSERT OR IGNORE INTO w(id, body) VALUES({Id()}, {random.GetItems(["'a text'", "NULL", "x'00'"], 1)[0]})",
            31 => $"UPDATE w SET body = substr(body, 1, {random.Next(8)}) || '{(char)('a' + random.Next(26))}{(char)('A' + random.Next(26))}' || substr(body, {random.Next(1, 9)}) WHERE id <= {Id()}",
            32 => $"UPDATE w SET body = replace(body, '{(char)('a' + random.Next(26))}', '😀') WHERE id = {Id()}",
            33 => random.Next(3) == 0 ? $"DELETE FROM w WHERE id = {Id()}" : $"UPDATE w SET body = {random.GetItems(["'a whole other text'", "NULL", "'12'", "body || '!'"], 1)[0]} WHERE id = {Id()}",
            34 => $"INSERT OR REPLACE INTO w(id, steps) VALUES({Id()}, '[1,2, {Id()}]')",
            35 => $"UPDATE w SET steps = json_insert(steps, '$[#]', {random.Next(100)}) WHERE id <= {Id()} AND json_valid(steps)",
            36 => $"UPDATE w SET steps = (SELECT json_group_array(value) FROM (SELECT value FROM json_each(w.steps) ORDER BY (value * {random.Next(1, 50)}) % 17)) WHERE id = {Id()} AND json_valid(steps)",
            37 => random.Next(4) == 0 ? $"UPDATE w SET steps = 'none' WHERE id = {Id()}" : $"UPDATE w SET steps = json_remove(steps, '$[{random.Next(3)}]') WHERE id <= {Id()} AND json_valid(steps)",
            14 => $"INSERT OR REPLACE INTO m SELECT 'k', value, {random.Next(20)} FROM json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18]')",
            15 => $"UPDATE m SET n = n + {random.Next(1, 4)}",
            0 => $"INSERT OR REPLACE INTO t(id, n, x) VALUES({Id()}, {Number()}, {Number()})",
            1 => $"INSERT INTO t(id, n, r, d) VALUES({Id()}, 1, 1.5, '2.5') ON CONFLICT(id) DO UPDATE SET n = coalesce(n, 0) + 1",
            2 => $"INSERT OR IGNORE INTO t(id) VALUES({Id()}), ({Id()})",
            3 => $"DELETE FROM t WHERE id = {Id()}",
            4 => $"UPDATE t SET d = {Decimal()} WHERE id = {Id()}",
            5 => $"UPDATE t SET x = {Number()} WHERE id = {Id()}",
            6 => $"UPDATE t SET x = {Decimal()} WHERE id <= {Id()}",
            7 => $"UPDATE t SET r = r + 0.1 * {random.Next(9)}",
            8 => $"UPDATE t SET r = {Number()} WHERE id = {Id()}",
            9 => $"UPDATE OR REPLACE t SET id = {Id()}, n = {Number()} WHERE id = {Id()}",
            _ => $"UPDATE t SET n = n + {random.Next(-9, 10)} WHERE id <= {Id()}",
        };
    }
}
