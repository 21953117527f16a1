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
        "CREATE TABLE m(k TEXT, l, n INTEGER, PRIMARY KEY(k, l)) WITHOUT ROWID",
    ];

    private static readonly string[] Kinds =
    [
        "SELECT threads_merge('t', 'n', 'counter')",
        "SELECT threads_merge('m', 'n', 'counter')",
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
        var seeds = Environment.GetEnvironmentVariable("THREADS_MERGE_SEEDS");
        Skip.If(seeds is null, "THREADS_MERGE_SEEDS=from-to runs more of them.");
        var range = seeds!.Split('-').Select(int.Parse).ToArray();
        for (var seed = range[0]; seed <= range[1]; seed++)
        {
            Run(seed);
        }
    }

    private static void Run(int seed)
    {
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
                peers[at].Connection.Run(sql);
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

    private static string Write(Random random)
    {
        int Id() => random.Next(1, 5);
        string Number() => random.Next(12) switch { 0 => "9223372036854775807", 1 => "-4e18", 2 => "1e300", 3 => "NULL", 4 => $"{random.Next(100)}.25", _ => $"{random.Next(-50, 100)}" };
        string Decimal() => random.Next(8) switch { 0 => "NULL", 1 => "'no number'", 2 => "x'00'", _ => $"'{random.Next(-20, 50)}.{random.Next(0, 1000)}'" };
        return random.Next(24) switch
        {
            16 => $"INSERT OR IGNORE INTO w(id, body) VALUES({Id()}, {random.GetItems(["'a text'", "NULL", "x'00'"], 1)[0]})",
            17 => $"UPDATE w SET body = substr(body, 1, {random.Next(8)}) || '{(char)('a' + random.Next(26))}{(char)('A' + random.Next(26))}' || substr(body, {random.Next(1, 9)}) WHERE id <= {Id()}",
            18 => $"UPDATE w SET body = replace(body, '{(char)('a' + random.Next(26))}', '😀') WHERE id = {Id()}",
            19 => random.Next(3) == 0 ? $"DELETE FROM w WHERE id = {Id()}" : $"UPDATE w SET body = {random.GetItems(["'a whole other text'", "NULL", "'12'", "body || '!'"], 1)[0]} WHERE id = {Id()}",
            20 => $"INSERT OR REPLACE INTO w(id, steps) VALUES({Id()}, '[1,2, {Id()}]')",
            21 => $"UPDATE w SET steps = json_insert(steps, '$[#]', {random.Next(100)}) WHERE id <= {Id()} AND json_valid(steps)",
            22 => $"UPDATE w SET steps = (SELECT json_group_array(value) FROM (SELECT value FROM json_each(w.steps) ORDER BY (value * {random.Next(1, 50)}) % 17)) WHERE id = {Id()} AND json_valid(steps)",
            23 => random.Next(4) == 0 ? $"UPDATE w SET steps = 'none' WHERE id = {Id()}" : $"UPDATE w SET steps = json_remove(steps, '$[{random.Next(3)}]') WHERE id <= {Id()} AND json_valid(steps)",
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
