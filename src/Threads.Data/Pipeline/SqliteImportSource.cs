using Microsoft.Data.Sqlite;
using Threads.Data.Sqlite;

namespace Threads.Data.Pipeline;

/// <summary>A database somebody else made, on a read-only connection of its own and in one read transaction; text comes out as UTF-8 whatever its encoding.</summary>
internal sealed class SqliteImportSource : IDisposable
{
    private readonly string _path;
    private const int CantOpen = 14;

    private readonly SqliteConnection _connection;

    private SqliteImportSource(string path, SqliteConnection connection)
    {
        _path = path;
        _connection = connection;
        Database = new SqliteDatabase(connection.Handle!);
    }

    public SqliteDatabase Database { get; }

    /// <exception cref="ThreadsException">There is no such file, or it is no SQLite database.</exception>
    public static SqliteImportSource Open(string path)
    {
        try
        {
            return Open(path, isImmutable: false);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == CantOpen && File.Exists(path) && !File.Exists(path + "-wal"))
        {
            // A database in WAL mode in a folder that can't be written: SQLite reads it only on the promise that nobody changes it.
            try
            {
                return Open(path, isImmutable: true);
            }
            catch (SqliteException again)
            {
                throw ThreadsErrors.ImportSource(path, again);
            }
        }
        catch (SqliteException e)
        {
            throw ThreadsErrors.ImportSource(path, e);
        }
    }

    /// <summary>What the schema holds of a type, in the order in which it was made.</summary>
    public List<SchemaItem> Items(string type) => Reading(() =>
    {
        var items = new List<SchemaItem>();
        var rows = Database["SELECT name, tbl_name, sql FROM sqlite_master WHERE type = ? AND sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid"].Bind(1, type);
        while (rows.Step())
        {
            items.Add(new SchemaItem(rows.Text(0), rows.Text(1), rows.Text(2)));
        }

        return items;
    });

    /// <summary>The stored columns of a table, by name, and whether each is part of the key.</summary>
    public List<(string Name, bool IsKey)> Columns(string table) => Reading(() =>
    {
        var columns = new List<(string, bool)>();
        var rows = Database["SELECT name, pk FROM pragma_table_xinfo(?) WHERE hidden = 0"].Bind(1, table);
        while (rows.Step())
        {
            columns.Add((rows.Text(0), rows.Int64(1) > 0));
        }

        return columns;
    });

    public long Count(string table) => Reading(() =>
    {
        using var count = Database.Prepare($"SELECT count(*) FROM main.{SqliteDatabase.Quote(table)}");
        return count.ScalarInt64();
    });

    /// <summary>The name by which the table's rowid can be asked for: null when it has none, or columns take all its names.</summary>
    public string? RowId(string table)
    {
        var columns = Columns(table).ConvertAll(c => c.Name);
        foreach (var name in new[] { "rowid", "_rowid_", "oid" })
        {
            if (!columns.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                return HasColumn(table, name) ? name : null;
            }
        }

        return null;
    }

    public void Dispose()
    {
        Database.Dispose();
        _connection.Dispose();
    }

    private static SqliteImportSource Open(string path, bool isImmutable)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = isImmutable ? new Uri(Path.GetFullPath(path)).AbsoluteUri + "?immutable=1" : path,
            Mode = SqliteOpenMode.ReadOnly,
            Pooling = false,
        }.ToString());
        SqliteImportSource? source = null;
        try
        {
            connection.Open();
            source = new SqliteImportSource(path, connection);
            source.Database.Execute("BEGIN");
            source.Database.Int64("SELECT count(*) FROM sqlite_master");
            return source;
        }
        catch
        {
            source?.Database.Dispose();
            connection.Dispose();
            throw;
        }
    }

    private T Reading<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (SqliteException e)
        {
            throw ThreadsErrors.ImportSource(_path, e);
        }
    }

    private bool HasColumn(string table, string column)
    {
        try
        {
            Database.Prepare($"SELECT {column} FROM main.{SqliteDatabase.Quote(table)}").Dispose();
            return true;
        }
        catch (SqliteException)
        {
            // WITHOUT ROWID.
            return false;
        }
    }
}

/// <summary>A line of sqlite_master.</summary>
internal sealed record SchemaItem(string Name, string Table, string Sql);
