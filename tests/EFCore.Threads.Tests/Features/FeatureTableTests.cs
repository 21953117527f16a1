using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace EFCore.Threads.Tests.Features;

// Issue 4, "It holds when": a table in docs/ef-core.md: feature, supported or refused with what message, test. Each row names tests that exist.
public sealed partial class FeatureTableTests
{
    private static readonly string[] Named =
    [
        "connection string", "`ThreadsDataSource`", "`UseThreads()` from DI", "`DbContext` pooling", "factories", "`TransactionScope`", "logging", "`EnableSensitiveDataLogging`", "keys and passwords", "foreign keys",
        "every CLR type", "`Uri`", "order of `decimal`, `TimeSpan`, `ulong`", "aggregates of them", "arithmetic",
        "`string`", "`Math`", "dates and times", "byte arrays", "`Guid`, `Convert`", "`Regex.IsMatch`", "random numbers",
        "`Like`", "`Glob`", "`Collate`", "`Hex`", "`Unhex`", "`Substr`", "`Random`", "aggregates with `Where` and `Distinct`", "`string.Join`", "`string.Concat`", "`EF.Parameter`", "`EF.Constant`",
        "inline and parameter collections", "primitive-collection columns", "`LeftJoin`", "`RightJoin`", "split queries", "set operations", "`GroupBy` in all its shapes", "`Skip`, `Take` everywhere",
        "correlated subqueries", "null semantics", "`TagWith`", "compiled queries", "precompiled queries", "JSON columns: owned and complex types", "JSON columns: collections inside", "JSON columns: partial updates",
        "JSON columns: querying and ordering by inner values", "`ExecuteUpdate`", "`ExecuteDelete`", "JSON members", "`FromSql`", "`SqlQuery<T>`", "mapped views", "table-valued functions", "`HasDbFunction`", "`AsAsyncEnumerable`",
        "TPH", "TPT", "TPC", "table splitting", "entity splitting", "owned and complex types", "many-to-many", "shadow and indexer properties", "converters and comparers", "computed columns", "defaults", "check constraints",
        "collations", "`AUTOINCREMENT`", "sequences", "concurrency tokens", "`IsRowVersion`", "batching", "`RETURNING`", "store-generated keys", "interceptors", "execution strategies", "savepoints",
        "every operation", "a rebuild keeps", "`Migrate`", "`MigrateAsync`", "history table", "migration lock", "`HasPendingModelChanges`", "`EnsureCreated`", "`EnsureDeleted`", "SQL scripts", "bundles", "scaffolding", "scaffolding: CHECK constraints", "design-time services",
        "two peers rename differently", "a fresh installation that never saw the old name", "a swap of two names", "a drop here while another peer writes", "`Down` followed by `Up`", "seed data", "several migrations behind",
        "`KeyValues`: `Put`, `Get`, `Delete`, enumerate, typed values, LINQ", "`Documents`: put, get, delete, merge per path", "`Documents`: LINQ over members", "`Documents`: indexes on paths", "`KeyValueStore`, `DocumentStore<T>`",
        "stores and tables in one commit", "`HasJsonSchema`", "a schema generated from the model",
        "wrong SQL", "a failed constraint", "chain of includes", "a model that can't be mapped", "fails in the middle", "several migrate at once", "locked by another writer",
    ];

    private static readonly Dictionary<string, HashSet<string>> Tests = typeof(FeatureTableTests).Assembly.GetTypes().Where(t => t.Name.EndsWith("Tests", StringComparison.Ordinal))
        .ToDictionary(t => t.Name, t => t.GetMethods().Where(m => m.IsDefined(typeof(FactAttribute), true)).Select(m => m.Name).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);

    [Fact]
    public void Each_row_names_tests_that_exist()
    {
        var rows = Rows().ToList();
        Assert.True(rows.Count > 70, $"{rows.Count} rows");
        foreach (var row in rows)
        {
            var named = TestName().Matches(row.Test);
            Assert.True(named.Count > 0, $"The row '{row.Feature}' names no test.");
            foreach (var (type, method) in named.Select(n => (n.Groups[1].Value, n.Groups[2].Value)))
            {
                Assert.True(Tests.TryGetValue(type, out var methods) && methods.Contains(method), $"The row '{row.Feature}' names the test {type}.{method}, which does not exist.");
            }
        }
    }

    [Fact]
    public void Each_feature_of_the_contract_has_a_row()
    {
        var features = Rows().Select(r => r.Feature).ToList();
        Assert.All(Named, name => Assert.Contains(features, f => f.Contains(name, StringComparison.Ordinal)));
    }

    private static IEnumerable<(string Feature, string Test)> Rows([CallerFilePath] string here = "")
    {
        var lines = File.ReadAllLines(Path.Combine(here, "../../../../docs/ef-core.md"));
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i] != "| feature | state | test |")
            {
                continue;
            }

            for (i += 2; i < lines.Length && lines[i].StartsWith('|'); i++)
            {
                var cells = lines[i].Split(" | ");
                yield return (cells[0].TrimStart('|', ' '), cells[^1].TrimEnd('|', ' '));
            }
        }
    }

    [GeneratedRegex("`([A-Za-z]+Tests)\\.([A-Za-z0-9_]+)`")]
    private static partial Regex TestName();
}
