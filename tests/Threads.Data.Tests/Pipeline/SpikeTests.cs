using Dapper;
namespace Threads.Data.Tests.Pipeline;
public class SpikeTests(Xunit.Abstractions.ITestOutputHelper o)
{
    void Dump(ThreadsConnection c, string sql) { o.WriteLine("-- " + sql); foreach (var r in c.Query(sql)) o.WriteLine(string.Join(" ", ((IDictionary<string, object>)r).Select(x => x.Key + "=" + (x.Value is byte[] b ? Convert.ToHexString(b)[..Math.Min(24, b.Length * 2)] : x.Value)))); }
    [Fact]
    public void Thin_line()
    {
        using var c = new ThreadsConnection("Data Source=:memory:");
        c.Open();
        using var d = new ThreadsConnection($"Data Source=:memory:;Thread={c.Thread.Id};Thread Key={c.Thread.Key.Export()}");
        d.Open();
        foreach (var x in new[] { c, d }) x.Execute("CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT, b REAL)");
        c.Execute("INSERT INTO n(a,b) VALUES('x', 1)");
        c.Execute("INSERT INTO n(a,b) VALUES('y', 2),('z',3)");
        c.Execute("UPDATE n SET a='yy' WHERE id=2");
        c.Execute("UPDATE n SET a='yy' WHERE id=2");
        c.Execute("DELETE FROM n WHERE id=3");
        Exchange(c, d);
        Dump(d, "SELECT * FROM n");
        d.Execute("UPDATE n SET b=7 WHERE id=2; DELETE FROM n WHERE id=1; INSERT INTO n VALUES(100,'d',0)");
        c.Execute("UPDATE n SET a='c' WHERE id=2; UPDATE n SET b = 5 WHERE id=1; INSERT INTO n VALUES(101,'c',-0.5)");
        Exchange(d, c); Exchange(c, d); Exchange(d, c);
        foreach (var x in new[] { c, d }) { Dump(x, "SELECT * FROM n"); Dump(x, "SELECT * FROM threads_records"); Dump(x, "SELECT * FROM _threads_entity"); o.WriteLine(Convert.ToHexString(x.Thread.Digest())); }
        Assert.Equal(c.Thread.Digest(), d.Thread.Digest());
        var before = c.Thread.Digest();
        c.Thread.RebuildViews();
        Dump(c, "SELECT * FROM n");
        Assert.Equal(before, c.Thread.Digest());
    }
    void Exchange(ThreadsConnection from, ThreadsConnection to) { var m = new MemoryStream(); from.Thread.Export(m, to.Thread.Heads); m.Position = 0; o.WriteLine(to.Thread.Import(m).ToString()); }
}
