namespace Threads.Data.Tests.AdoNet;

public sealed class ThreadsBlobTests : IDisposable
{
    private readonly ThreadsConnection _connection = new("Data Source=:memory:");

    public ThreadsBlobTests()
    {
        _connection.Open();
        _connection.Run("CREATE TABLE files (id INTEGER PRIMARY KEY, \"the data\", changes INT DEFAULT 0); INSERT INTO files VALUES (7, x'0102030405', 0), (8, 'text', 0), (9, NULL, 0)");
        _connection.Run("CREATE TRIGGER seen AFTER UPDATE OF \"the data\" ON files BEGIN UPDATE files SET changes = changes + 1 WHERE id = new.id; END");
    }

    public void Dispose() => _connection.Dispose();

    private ThreadsBlob Open(long rowid = 7, bool readOnly = false) => new(_connection, "files", "the data", rowid, readOnly);

    [Fact]
    public void It_reads_from_anywhere()
    {
        using var blob = Open(readOnly: true);
        Assert.Equal((5, 0, true, true, false), (blob.Length, blob.Position, blob.CanRead, blob.CanSeek, blob.CanWrite));
        var buffer = new byte[4];
        Assert.Equal(2, blob.Read(buffer, 1, 2));
        Assert.Equal([0, 1, 2, 0], buffer);
        Assert.Equal(4, blob.Seek(-1, SeekOrigin.End));
        Assert.Equal(5, blob.ReadByte());
        Assert.Equal(-1, blob.ReadByte());
        blob.Position = 99;
        Assert.Equal(0, blob.Read(buffer));
        Assert.Throws<IOException>(() => blob.Seek(-1, SeekOrigin.Begin));
    }

    [Fact]
    public void What_is_written_is_saved_by_an_ordinary_update()
    {
        using (var blob = Open())
        {
            blob.Position = 1;
            blob.Write([20, 30]);
            blob.Position = 0;
            Assert.Equal([1, 20, 30, 4, 5], ReadAll(blob));
            Assert.Equal("0102030405", _connection.Scalar("SELECT hex(\"the data\") FROM files WHERE id = 7"));
            blob.Flush();
            Assert.Equal("01141E0405", _connection.Scalar("SELECT hex(\"the data\") FROM files WHERE id = 7"));
            blob.Position = 4;
            blob.WriteByte(50);
        }
        Assert.Equal("01141E0432", _connection.Scalar("SELECT hex(\"the data\") FROM files WHERE id = 7"));
        Assert.Equal(2L, _connection.Scalar("SELECT changes FROM files WHERE id = 7"));
    }

    [Fact]
    public void Only_reading_saves_nothing()
    {
        using (var blob = Open()) ReadAll(blob);
        Assert.Equal(0L, _connection.Scalar("SELECT changes FROM files WHERE id = 7"));
    }

    [Fact]
    public void Text_stays_text()
    {
        using (var blob = Open(8)) blob.Write("TE"u8);
        Assert.Equal("TExt|text", _connection.Scalar("SELECT \"the data\" || '|' || typeof(\"the data\") FROM files WHERE id = 8"));
    }

    [Fact]
    public void It_writes_in_the_open_transaction()
    {
        using (_connection.BeginTransaction())
        using (var blob = Open())
            blob.WriteByte(99);
        Assert.Equal("0102030405", _connection.Scalar("SELECT hex(\"the data\") FROM files WHERE id = 7"));
    }

    [Fact]
    public void Its_size_is_fixed()
    {
        using var blob = Open();
        blob.Position = 4;
        Assert.Throws<NotSupportedException>(() => blob.Write([1, 2]));
        Assert.Throws<NotSupportedException>(() => blob.SetLength(1));
        using var readOnly = Open(readOnly: true);
        Assert.Throws<NotSupportedException>(() => readOnly.WriteByte(1));
    }

    [Fact]
    public void What_is_not_there_or_no_blob_is_refused()
    {
        Assert.Throws<ThreadsException>(() => Open(1));
        Assert.Throws<ThreadsException>(() => Open(9));
        Assert.Throws<ThreadsException>(() => new ThreadsBlob(_connection, "nowhere", "x", 1));
        Assert.Throws<InvalidOperationException>(() => new ThreadsBlob(new ThreadsConnection(), "files", "x", 1));
    }

    [Fact]
    public void A_row_that_went_away_is_an_error_not_a_loss_in_silence()
    {
        var blob = Open();
        blob.WriteByte(1);
        _connection.Run("DELETE FROM files WHERE id = 7");
        Assert.Equal(4, Assert.Throws<ThreadsException>(blob.Dispose).SqliteErrorCode);
        Assert.Throws<ObjectDisposedException>(() => blob.ReadByte());
    }

    private static byte[] ReadAll(Stream stream)
    {
        var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
