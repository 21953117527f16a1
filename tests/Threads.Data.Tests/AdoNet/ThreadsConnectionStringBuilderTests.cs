using Microsoft.Data.Sqlite;

namespace Threads.Data.Tests.AdoNet;

public class ThreadsConnectionStringBuilderTests
{
    [Fact]
    public void Every_keyword_and_alias_is_read()
    {
        var b = new ThreadsConnectionStringBuilder(
            "Data Source=a.db;Mode=ReadOnly;Cache=Shared;Password=p;Foreign Keys=False;Recursive Triggers=True;Default Timeout=5;Pooling=False;"
            + "Synchronous=Normal;Thread=t;Thread Key=k;Variant=AccessControlled;Persist Security Info=True");
        Assert.Equal("a.db", b.DataSource);
        Assert.Equal(SqliteOpenMode.ReadOnly, b.Mode);
        Assert.Equal(SqliteCacheMode.Shared, b.Cache);
        Assert.Equal("p", b.Password);
        Assert.False(b.ForeignKeys);
        Assert.True(b.RecursiveTriggers);
        Assert.Equal(5, b.DefaultTimeout);
        Assert.False(b.Pooling);
        Assert.Equal(ThreadsSynchronous.Normal, b.Synchronous);
        Assert.Equal("t", b.Thread);
        Assert.Equal("k", b.ThreadKey);
        Assert.Equal(ThreadsVariant.AccessControlled, b.Variant);
        Assert.True(b.PersistSecurityInfo);
        Assert.Equal("b.db", new ThreadsConnectionStringBuilder("DataSource=b.db").DataSource);
        Assert.Equal("c.db", new ThreadsConnectionStringBuilder("filename=c.db").DataSource);
        Assert.Equal(7, new ThreadsConnectionStringBuilder("Command Timeout=7").DefaultTimeout);
    }

    [Fact]
    public void Defaults_are_those_of_SQLite_with_foreign_keys_on()
    {
        var b = new ThreadsConnectionStringBuilder();
        Assert.Equal("", b.DataSource);
        Assert.Equal(SqliteOpenMode.ReadWriteCreate, b.Mode);
        Assert.True(b.ForeignKeys);
        Assert.False(b.RecursiveTriggers);
        Assert.Equal(30, b.DefaultTimeout);
        Assert.True(b.Pooling);
        Assert.Equal(ThreadsSynchronous.Full, b.Synchronous);
        Assert.Equal(ThreadsVariant.Raw, b.Variant);
        Assert.Equal("", b.ConnectionString);
    }

    [Fact]
    public void What_is_set_is_written_and_read_again()
    {
        var b = new ThreadsConnectionStringBuilder { DataSource = "a;b.db", Mode = SqliteOpenMode.Memory, Cache = SqliteCacheMode.Shared, ForeignKeys = false, DefaultTimeout = 0 };
        var again = new ThreadsConnectionStringBuilder(b.ConnectionString);
        Assert.Equal("a;b.db", again.DataSource);
        Assert.Equal(SqliteOpenMode.Memory, again.Mode);
        Assert.False(again.ForeignKeys);
        Assert.Equal(0, again.DefaultTimeout);
        Assert.True(b.EquivalentTo(again));
    }

    [Theory]
    [InlineData("Server=here")]
    [InlineData("Data Source=a;Nonsense=1")]
    public void An_unknown_keyword_is_refused(string text) => Assert.Throws<ArgumentException>(() => new ThreadsConnectionStringBuilder(text));

    [Fact]
    public void An_unknown_keyword_is_named()
    {
        Assert.Contains("'Server'", Assert.Throws<ArgumentException>(() => new ThreadsConnectionStringBuilder()["Server"] = "x").Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new ThreadsConnectionStringBuilder()["Server"]);
        Assert.False(new ThreadsConnectionStringBuilder().ContainsKey("Server"));
        Assert.False(new ThreadsConnectionStringBuilder().Remove("Server"));
        Assert.False(new ThreadsConnectionStringBuilder().TryGetValue("Server", out _));
    }

    [Theory]
    [InlineData("Mode=Sometimes")]
    [InlineData("Cache=7")]
    [InlineData("Pooling=maybe")]
    [InlineData("Synchronous=5")]
    [InlineData("Variant=Open")]
    public void A_value_that_cannot_be_read_is_refused(string text) => Assert.ThrowsAny<ArgumentException>(() => new ThreadsConnectionStringBuilder(text));

    [Fact]
    public void Removing_and_clearing_give_the_defaults_back()
    {
        var b = new ThreadsConnectionStringBuilder("Data Source=a;Default Timeout=5;Pooling=False");
        Assert.True(b.Remove("Command Timeout"));
        Assert.Equal(30, b.DefaultTimeout);
        b.Password = null;
        b["Pooling"] = null;
        Assert.True(b.Pooling);
        b.Clear();
        Assert.Equal("", b.DataSource);
        Assert.Equal(b.Keys.Count, b.Values.Count);
    }
}
