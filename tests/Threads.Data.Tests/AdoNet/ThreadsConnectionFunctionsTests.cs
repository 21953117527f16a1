namespace Threads.Data.Tests.AdoNet;

public sealed class ThreadsConnectionFunctionsTests : IDisposable
{
    private readonly TemporaryDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Fact]
    public void A_function_is_callable_from_SQL()
    {
        using var connection = _database.Open();
        connection.CreateFunction("answer", () => 42);
        connection.CreateFunction("plus", (decimal? a, decimal? b) => a + b, isDeterministic: true);
        connection.CreateFunction("describe", (object?[] values) => string.Join("|", values.Select(v => v ?? "null")));
        connection.CreateFunction("scaled", 10, (int scale, long n) => scale * n);
        connection.CreateFunction("counted", "n=", (string prefix, object?[] values) => prefix + values.Length);
        Assert.Equal("420/n=3", connection.Scalar("SELECT scaled(42) || '/' || counted(1, 2, 3)"));
        Assert.Equal(42L, connection.Scalar("SELECT answer()"));
        Assert.Equal("0.3", connection.Scalar("SELECT plus('0.1', '0.2')"));
        Assert.Equal(DBNull.Value, connection.Scalar("SELECT plus('0.1', NULL)"));
        Assert.Equal("1|a|null", connection.Scalar("SELECT describe(1, 'a', NULL)"));
    }

    [Fact]
    public void A_function_stays_with_its_connection_object()
    {
        using var connection = new ThreadsConnection(_database.ConnectionString);
        connection.CreateFunction("answer", () => 42);
        for (var i = 0; i < 3; i++)
        {
            connection.Open();
            Assert.Equal(42L, connection.Scalar("SELECT answer()"));
            connection.Close();
        }
        using var other = _database.Open();
        Assert.Equal("SQLite Error 1: 'no such function: answer'.", Assert.Throws<ThreadsException>(() => other.Scalar("SELECT answer()")).Message);
    }

    [Fact]
    public void Connections_with_the_same_functions_share_a_pooled_one()
    {
        Func<long> answer = static () => 42L;
        SQLitePCL.sqlite3? handle = null;
        for (var i = 0; i < 2; i++)
        {
            using var connection = new ThreadsConnection(_database.ConnectionString);
            connection.CreateFunction("answer", answer);
            connection.Open();
            Assert.Equal(42L, connection.Scalar("SELECT answer()"));
            Assert.True(handle is null || ReferenceEquals(handle, connection.Handle));
            handle = connection.Handle;
        }
    }

    [Fact]
    public void A_function_can_replace_SQLites_and_be_removed()
    {
        using (var connection = _database.Open())
        {
            connection.CreateFunction("upper", (string s) => s + "!");
            Assert.Equal("a!", connection.Scalar("SELECT upper('a')"));
        }
        using var next = _database.Open();
        Assert.Equal("A", next.Scalar("SELECT upper('a')"));
        next.CreateFunction("mine", () => 1);
        next.CreateFunction<int>("mine", (Func<int>?)null);
        Assert.Throws<ThreadsException>(() => next.Scalar("SELECT mine()"));
    }

    [Fact]
    public void An_exception_in_a_function_fails_the_statement()
    {
        using var connection = _database.Open();
        connection.CreateFunction("broken", int () => throw new InvalidOperationException("out of order"));
        Assert.Equal("SQLite Error 1: 'out of order'.", Assert.Throws<ThreadsException>(() => connection.Scalar("SELECT broken()")).Message);
    }

    [Fact]
    public void Aggregates_fold_rows()
    {
        using var connection = _database.Open();
        connection.CreateAggregate("product", 1L, (long all, long next) => all * next);
        connection.CreateAggregate("longest", (string? best, string next) => next.Length > (best?.Length ?? -1) ? next : best!);
        connection.CreateAggregate("mean", (Sum: 0.0, Count: 0), ((double Sum, int Count) a, double next) => (a.Sum + next, a.Count + 1), a => a.Sum / a.Count);
        connection.CreateAggregate("all_of", (string? text, object?[] values) => text + string.Concat(values));
        Assert.Equal("1a2b", connection.Scalar("SELECT all_of(n, t) FROM (SELECT 1 n, 'a' t UNION ALL SELECT 2, 'b')"));
        const string rows = "(SELECT 1 n, 'a' t UNION ALL SELECT 2, 'bb' UNION ALL SELECT 3, 'ccc' UNION ALL SELECT 4, 'd')";
        Assert.Equal("24/ccc/2.5", connection.Scalar("SELECT product(n) || '/' || longest(t) || '/' || mean(n) FROM " + rows));
    }

    [Fact]
    public void Collations_order_text()
    {
        using var connection = _database.Open();
        connection.CreateCollation("by_length", (a, b) => a.Length.CompareTo(b.Length));
        connection.CreateCollation("reverse", -1, (sign, a, b) => sign * string.CompareOrdinal(a, b));
        Assert.Equal(1L, connection.Scalar("SELECT 'ab' = 'cd' COLLATE by_length"));
        Assert.Equal("b", connection.Scalar("SELECT x FROM (SELECT 'a' x UNION ALL SELECT 'b') ORDER BY x COLLATE reverse"));
    }
}
