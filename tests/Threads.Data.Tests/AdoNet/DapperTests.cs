using Dapper;

namespace Threads.Data.Tests.AdoNet;

public sealed class DapperTests : IDisposable
{
    private readonly ThreadsConnection _connection = new("Data Source=:memory:");

    public DapperTests()
    {
        _connection.Open();
        _connection.Execute("""
            CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL, born TEXT);
            CREATE TABLE books (id INTEGER PRIMARY KEY, author INTEGER REFERENCES authors, title TEXT NOT NULL, price NUMERIC, cover BLOB, code TEXT);
            """);
        _connection.Execute("INSERT INTO authors VALUES (@Id, @Name, @Born)", new[]
        {
            new { Id = 1, Name = "Ada", Born = (DateTime?)new DateTime(1815, 12, 10) },
            new { Id = 2, Name = "Bob", Born = (DateTime?)null },
        });
        _connection.Execute(
            "INSERT INTO books (author, title, price, cover) VALUES (@author, @title, @price, @cover)",
            new { author = 1, title = "Notes", price = 12.5, cover = new byte[] { 1, 2 } });
    }

    public void Dispose() => _connection.Dispose();

    [Fact]
    public void Rows_become_objects()
    {
        var authors = _connection.Query<Author>("SELECT * FROM authors ORDER BY id").ToArray();
        Assert.Equal("Ada", authors[0].Name);
        Assert.Equal(new DateTime(1815, 12, 10), authors[0].Born);
        Assert.Null(authors[1].Born);
        Assert.Equal([1, 2], _connection.QueryFirst<Book>("SELECT * FROM books").Cover);
    }

    [Fact]
    public void Rows_become_dynamic_and_scalars()
    {
        Assert.Equal("Ada", _connection.QuerySingle("SELECT name FROM authors WHERE id = @id", new { id = 1 }).name);
        Assert.Equal(2, _connection.ExecuteScalar<int>("SELECT count(*) FROM authors"));
        Assert.Equal([1, 2], _connection.Query<int>("SELECT id FROM authors WHERE id IN @ids ORDER BY id", new { ids = new[] { 1, 2, 3 } }));
    }

    [Fact]
    public void Multi_mapping_joins()
    {
        var book = _connection.Query<Book, Author, Book>(
            "SELECT b.*, a.* FROM books b JOIN authors a ON a.id = b.author",
            (b, a) =>
            {
                b.Writer = a;
                return b;
            }).Single();
        Assert.Equal("Ada", book.Writer!.Name);
    }

    [Fact]
    public void Several_results_are_read_one_after_another()
    {
        using var results = _connection.QueryMultiple("SELECT count(*) FROM authors; SELECT * FROM books; SELECT 'end'");
        Assert.Equal(2, results.ReadSingle<int>());
        Assert.Equal("Notes", results.ReadSingle<Book>().Title);
        Assert.Equal("end", results.ReadSingle<string>());
    }

    [Fact]
    public void Transactions_and_returning_work()
    {
        using (var transaction = _connection.BeginTransaction())
        {
            var id = _connection.QuerySingle<long>("INSERT INTO authors (name) VALUES (@name) RETURNING id", new { name = "Cy" }, transaction);
            Assert.Equal(3, id);
            Assert.Equal(1, _connection.Execute("UPDATE authors SET name = 'Cyd' WHERE id = @id", new { id }, transaction));
            transaction.Rollback();
        }
        Assert.Equal(2, _connection.ExecuteScalar<int>("SELECT count(*) FROM authors"));
    }

    [Fact]
    public async Task Async_methods_work()
    {
        Assert.Equal(2, (await _connection.QueryAsync<Author>("SELECT * FROM authors")).Count());
        Assert.Equal(1, await _connection.ExecuteAsync("DELETE FROM authors WHERE id = @id", new { id = 2 }));
        await foreach (var author in _connection.QueryUnbufferedAsync<Author>("SELECT * FROM authors")) Assert.Equal("Ada", author.Name);
    }

    [Fact]
    public void A_reader_of_Dappers_can_be_left_early() =>
        Assert.Equal("Ada", _connection.Query<Author>("SELECT * FROM authors ORDER BY id", buffered: false).First().Name);

    private sealed class Author
    {
        public long Id { get; set; }

        public string Name { get; set; } = "";

        public DateTime? Born { get; set; }
    }

    private sealed class Book
    {
        public long Id { get; set; }

        public string Title { get; set; } = "";

        public double Price { get; set; }

        public byte[]? Cover { get; set; }

        public Author? Writer { get; set; }
    }
}
