using Dapper;
namespace Threads.Data.Tests.Pipeline;
public class SpikeTests(Xunit.Abstractions.ITestOutputHelper o)
{
    [Fact]
    public void Thin_line()
    {
        using var c = new ThreadsConnection("Data Source=:memory:");
        c.Open();
        c.Execute("CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT, b REAL)");
        c.Execute("INSERT INTO n(a,b) VALUES('x', 1)");
        c.Execute("INSERT INTO n(a,b) VALUES('y', 2),('z',3)");
        c.Execute("UPDATE n SET a='yy' WHERE id=2");
        c.Execute("UPDATE n SET a='yy' WHERE id=2");
        c.Execute("DELETE FROM n WHERE id=3");
        foreach (var r in c.Query("SELECT * FROM threads_records")) o.WriteLine(string.Join(" ", ((IDictionary<string, object>)r).Select(x => x.Key + "=" + x.Value)));
        foreach (var r in c.Query("SELECT * FROM _threads_entity")) o.WriteLine(string.Join(" ", ((IDictionary<string, object>)r).Select(x => x.Key + "=" + x.Value)));
        foreach (var r in c.Query("SELECT * FROM _threads_event")) o.WriteLine(string.Join(" ", ((IDictionary<string, object>)r).Select(x => x.Key + "=" + x.Value)));
        foreach (var r in c.Query("SELECT * FROM n")) o.WriteLine(string.Join(" ", ((IDictionary<string, object>)r).Select(x => x.Key + "=" + x.Value)));
    }
}
