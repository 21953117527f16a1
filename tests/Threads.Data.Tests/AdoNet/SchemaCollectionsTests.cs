using System.Data;
using System.Data.Common;

namespace Threads.Data.Tests.AdoNet;

public sealed class SchemaCollectionsTests : IDisposable
{
    private readonly ThreadsConnection _connection = new("Data Source=:memory:");

    public SchemaCollectionsTests()
    {
        _connection.Open();
        _connection.Run("""
            CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT 'x', upper TEXT AS (upper(name)));
            CREATE TABLE books (id INTEGER PRIMARY KEY, author INTEGER REFERENCES authors (id) ON DELETE CASCADE, title TEXT);
            CREATE UNIQUE INDEX by_title ON books (title DESC, author);
            CREATE VIEW titles AS SELECT title FROM books;
            """);
    }

    public void Dispose() => _connection.Dispose();

    private string[] List(string collection, string column, params string?[] restrictions) =>
        [.. _connection.GetSchema(collection, restrictions).Rows.Cast<DataRow>().Select(r => Convert.ToString(r[column], null)!)];

    [Fact]
    public void Tables_and_views_are_listed_but_none_of_our_own()
    {
        Assert.Equal(["authors", "books"], List("Tables", "TABLE_NAME", null, null, null, "BASE TABLE").Order());
        Assert.DoesNotContain(List("Tables", "TABLE_NAME"), t => t.StartsWith('_'));
        Assert.Equal(["BASE TABLE"], List("tables", "TABLE_TYPE", null, null, "books"));
        Assert.Contains("titles", List("Tables", "TABLE_NAME", null, null, null, "VIEW"));
        Assert.Contains("threads_records", List("Views", "TABLE_NAME"));
    }

    [Fact]
    public void Columns_say_what_they_are()
    {
        Assert.Equal(["id", "name", "upper"], List("Columns", "COLUMN_NAME", null, null, "authors"));
        Assert.Equal(["YES", "NO", "YES"], List("Columns", "IS_NULLABLE", null, null, "authors"));
        Assert.Equal(["1", "0", "0"], List("Columns", "PRIMARY_KEY_POSITION", null, null, "authors"));
        Assert.Equal(["NO", "NO", "YES"], List("Columns", "IS_GENERATED", null, null, "authors"));
        Assert.Equal(["'x'"], List("Columns", "COLUMN_DEFAULT", null, null, "authors", "name"));
    }

    [Fact]
    public void Indexes_and_foreign_keys_are_listed()
    {
        Assert.Equal(["by_title"], List("Indexes", "INDEX_NAME", null, null, "books"));
        Assert.Equal(["True"], List("Indexes", "IS_UNIQUE", null, null, "books", "by_title"));
        Assert.Equal(["title", "author"], List("IndexColumns", "COLUMN_NAME", null, null, "books", "by_title"));
        Assert.Equal(["DESC", "ASC"], List("IndexColumns", "SORT_MODE", null, null, "books", "by_title"));
        Assert.Equal(["authors"], List("ForeignKeys", "REFERENCED_TABLE_NAME", null, null, "books"));
        Assert.Equal(["CASCADE"], List("ForeignKeys", "DELETE_RULE", null, null, "books"));
    }

    [Fact]
    public void The_standard_collections_are_there()
    {
        Assert.Contains("Columns", _connection.GetSchema().Rows.Cast<DataRow>().Select(r => (string)r[DbMetaDataColumnNames.CollectionName]));
        Assert.Contains("RETURNING", List("ReservedWords", DbMetaDataColumnNames.ReservedWord));
        Assert.Equal(["SQLite"], List("DataSourceInformation", DbMetaDataColumnNames.DataSourceProductName));
        Assert.Equal(4, _connection.GetSchema("DataTypes").Rows.Count);
        Assert.Contains("TABLE_NAME", List("Restrictions", "RestrictionName"));
    }

    [Fact]
    public void What_does_not_exist_is_refused_by_name()
    {
        Assert.Contains("'Sequences'", Assert.Throws<ArgumentException>(() => _connection.GetSchema("Sequences")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _connection.GetSchema("Views", ["a", "b", "c", "d"]));
        Assert.Throws<InvalidOperationException>(() => new ThreadsConnection().GetSchema("Tables"));
    }
}
