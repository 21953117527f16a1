using Threads.Data.Sqlite;

namespace Threads.Data.Storage;

/// <summary>Single values of the file, by name.</summary>
internal sealed class MetaStore(SqliteDatabase database)
{
    /// <summary>Whether the file holds a thread at all: one that is opened to be read only may be empty.</summary>
    public bool IsThere
    {
        get
        {
            var table = database["SELECT 1 FROM sqlite_master WHERE name = '_threads_meta'"];
            var found = table.Step();
            table.Reset();
            return found;
        }
    }

    public long? Int64(string name)
    {
        var row = Find(name);
        if (!row.Step())
        {
            return null;
        }

        var value = row.Int64(0);
        row.Reset();
        return value;
    }

    public byte[]? Bytes(string name)
    {
        var row = Find(name);
        if (!row.Step())
        {
            return null;
        }

        var value = row.Blob(0).ToArray();
        row.Reset();
        return value;
    }

    public void Set(string name, long value) => Put(name, statement => statement.Bind(2, value));

    public void Set(string name, byte[] value) => Put(name, statement => statement.Bind(2, value));

    public void Remove(string name) => database["DELETE FROM _threads_meta WHERE name = ?"].Bind(1, name).Run();

    private SqliteStatement Find(string name) => database["SELECT value FROM _threads_meta WHERE name = ?"].Bind(1, name);

    private void Put(string name, Func<SqliteStatement, SqliteStatement> bind)
        => bind(database["INSERT INTO _threads_meta(name, value) VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value"].Bind(1, name)).Run();
}
