using System.Globalization;
using Dapper;

namespace Threads.Data.Tests.Views;

/// <summary>
/// Random peers with random constraints, one of them without any: whatever order the records come in, the tables hold what decision 7 says of the merged rows, both constrained peers list
/// the same conflicts, a rebuild gives both again, and no commit takes a row from the one who wrote it.
/// </summary>
public class RandomConstraintsTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 24)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_tables_are_what_the_four_passes_say(int seed) => Run(seed, 60);

    [SkippableFact]
    public void More_seeds()
    {
        Skip.IfNot(int.TryParse(Environment.GetEnvironmentVariable("THREADS_CONSTRAINT_SEEDS"), CultureInfo.InvariantCulture, out var count), "Set THREADS_CONSTRAINT_SEEDS to how many.");
        for (var seed = 1_000; seed < 1_000 + count; seed++)
        {
            Run(seed, 60);
        }
    }

    private static void Run(int seed, int steps)
    {
        var random = new Random(seed);
        var tables = Tables(random);
        var model = new ConstraintModel(tables);
        using var bare = Peer.New(model.BareSchema);
        using var alice = bare.Join(model.Schema);
        using var bob = bare.Join(model.Schema);
        Peer[] peers = [alice, bob, bare];
        for (var step = 0; step < steps; step++)
        {
            var peer = peers[random.Next(10) switch { < 4 => 0, < 8 => 1, _ => 2 }];
            Write(peer, tables, random, atOnce: random.Next(4) == 0);
            if (random.Next(4) == 0)
            {
                peers[random.Next(3)].SendTo(peers[random.Next(3)]);
            }

            if (random.Next(15) == 0)
            {
                Check($"seed {seed}, step {step}", model, tables, peers);
            }
        }

        Check($"seed {seed}, end", model, tables, peers);
        foreach (var peer in new[] { alice, bob })
        {
            var before = Everything(peer, tables);
            peer.Connection.Thread.RebuildViews();
            Equal($"seed {seed}, rebuilt", before, Everything(peer, tables));
        }
    }

    private static void Check(string when, ConstraintModel model, ModelTable[] tables, Peer[] peers)
    {
        foreach (var (from, to) in new[] { (0, 1), (1, 2), (2, 0), (0, 1), (1, 2) })
        {
            peers[from].SendTo(peers[to]);
        }

        var (shown, held) = model.Judge(peers[2]);
        foreach (var peer in peers[..2])
        {
            var actual = ConstraintModel.Actual(peer, tables);
            Equal(when + ", shown", shown, actual.Shown);
            Equal(when + ", held back", held, actual.Held);
        }

        Equal(when + ", both", Everything(peers[0], tables), Everything(peers[1], tables));
    }

    private static void Equal(string when, string[] expected, string[] actual)
        => Assert.True(expected.SequenceEqual(actual), $"{when}\nmissing: {string.Join(" | ", expected.Except(actual))}\ntoo much: {string.Join(" | ", actual.Except(expected))}");

    /// <summary>Rows and conflicts.</summary>
    private static string[] Everything(Peer peer, ModelTable[] tables)
        => [.. ConstraintModel.Actual(peer, tables).Shown, .. peer.Connection.Query<(string, object, string, string, string, long)>(
            "SELECT collection, row_key, constraint_name, reason, rivals, since FROM threads_conflicts").Select(c => c.ToString()).Order(StringComparer.Ordinal)];

    /// <summary>One to three statements that SQLite may refuse; what a transaction leaves in the tables must be there after its commit.</summary>
    private static void Write(Peer peer, ModelTable[] tables, Random random, bool atOnce)
    {
        if (!atOnce)
        {
            Try(peer, Statement(tables, random));
            return;
        }

        using var transaction = peer.Connection.BeginTransaction();
        for (var n = random.Next(1, 5); n > 0; n--)
        {
            Try(peer, Statement(tables, random));
        }

        var before = ConstraintModel.Actual(peer, tables).Shown;
        try
        {
            transaction.Commit();
        }
        catch (ThreadsException e) when (e.SqliteErrorCode == 19)
        {
            transaction.Rollback();
            return;
        }

        Assert.Empty(before.Except(ConstraintModel.Actual(peer, tables).Shown));
    }

    private static void Try(Peer peer, string sql)
    {
        try
        {
            peer.Run(sql);
        }
        catch (ThreadsException e) when (e.SqliteErrorCode == 19)
        {
            Assert.Equal(ThreadsErrorCode.None, e.ThreadsErrorCode);
        }
    }

    private static string Statement(ModelTable[] tables, Random random)
    {
        var table = tables[random.Next(tables.Length)];
        string Key() => table.KeyType == "INTEGER" ? Small(6) : $"'{"kKlL"[random.Next(4)]}{random.Next(2)}'";
        string Small(int to) => random.Next(1, to).ToString(CultureInfo.InvariantCulture);
        string Text() => random.Next(6) == 0 ? "NULL" : $"'{"xXyz"[random.Next(4)]}'";
        string Number() => random.Next(4) == 0 ? "NULL" : Small(6);
        return random.Next(9) switch
        {
            0 or 1 or 2 => $"INSERT INTO {table.Name} VALUES({Key()}, {Text()}, {Number()}, {Number()})",
            3 => $"INSERT OR REPLACE INTO {table.Name} VALUES({Key()}, {Text()}, {Number()}, {Number()})",
            4 => $"UPDATE {table.Name} SET a = {Text()} WHERE id = {Key()}",
            5 => $"UPDATE {table.Name} SET b = {Number()}, c = {Number()} WHERE id = {Key()}",
            6 => $"UPDATE {table.Name} SET c = {Number()} WHERE id >= {Key()}",
            7 => $"DELETE FROM {table.Name} WHERE id = {Key()}",
            _ => $"INSERT INTO {table.Name} VALUES({Key()}, {Text()}, {Number()}, {Number()}) ON CONFLICT(id) DO UPDATE SET a = excluded.a, c = excluded.c",
        };
    }

    private static ModelTable[] Tables(Random random)
    {
        string[] names = ["p", "q", "r"];
        var keyTypes = names.ToDictionary(n => n, n => n == "r" && random.Next(2) == 0 ? "TEXT COLLATE NOCASE" : "INTEGER");
        return [.. names.Select(name => new ModelTable(name, keyTypes[name], [.. Uniques(random, keyTypes[name])], [.. References(random, name, keyTypes)],
            random.Next(3) == 0 ? 4 : null, random.Next(4) == 0))];
    }

    private static IEnumerable<ModelUnique> Uniques(Random random, string keyType)
    {
        yield return new ModelUnique("id", null, r => keyType == "INTEGER" ? $"{r.Key}" : $"{r.Key}".ToLowerInvariant());
        ModelUnique[] choices =
        [
            new("a", "(a)", r => (string?)r.A),
            new("nocase", "(a COLLATE NOCASE)", r => ((string?)r.A)?.ToLowerInvariant()),
            new("lower", "(lower(a))", r => ((string?)r.A)?.ToLowerInvariant()),
            new("pair", "(b, c)", r => r.B is null || r.C is null ? null : $"{r.B} {r.C}"),
            new("mixed", "(c, a COLLATE NOCASE)", r => r.A is null || r.C is null ? null : $"{r.C} {((string)r.A).ToLowerInvariant()}"),
            new("partial", "(b) WHERE c > 2", r => r.C is long c && c > 2 && r.B is not null ? $"{r.B}" : null),
            new("sum", "(b + c)", r => r.B is long b && r.C is long c ? $"{b + c}" : null),
            new("b", "(b)", r => r.B is null ? null : $"{r.B}"),
        ];
        foreach (var choice in choices.Where(_ => random.Next(5) == 0))
        {
            yield return choice;
        }
    }

    private static IEnumerable<ModelReference> References(Random random, string name, Dictionary<string, string> keyTypes)
    {
        string[] onDelete = ["CASCADE", "NO ACTION", "RESTRICT", "SET NULL"];
        foreach (var column in new[] { "b", "c" })
        {
            var parent = "pqr"[random.Next(3)].ToString();
            if (random.Next(2) == 0 && keyTypes[parent] == "INTEGER")
            {
                yield return new ModelReference(column, parent, "id", "id", onDelete[random.Next(3)], r => r[column] is { } value ? $"{value}" : null);
            }
        }
    }
}
