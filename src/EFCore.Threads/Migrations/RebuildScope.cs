using Microsoft.EntityFrameworkCore.Storage;
using SQLitePCL;
using Threads.Data;

namespace Microsoft.EntityFrameworkCore.Threads.Migrations;

/// <summary>
/// What a rebuild must put back: foreign keys, also when the migration fails, and the triggers and indexes that no model knows, which go with the old
/// table.
/// </summary>
internal sealed class RebuildScope : IDisposable
{
    private readonly IRelationalConnection connection;
    private readonly List<(string Name, string Sql)> kept = [];
    private readonly HashSet<string> created = new(StringComparer.OrdinalIgnoreCase);
    private bool rebuilding;

    /// <summary>Keeps the connection open: what was switched off has to be switched on on the same one.</summary>
    public RebuildScope(IRelationalConnection connection)
    {
        this.connection = connection;
        connection.Open();
    }

    private sqlite3 Handle => ((ThreadsConnection)connection.DbConnection).Handle!;

    /// <summary>Indexes that the migration makes itself.</summary>
    public void WillCreate(IEnumerable<string> commands)
    {
        foreach (var text in commands)
        {
            var words = text.Split('"');
            if (words.Length > 1 && words[0].Trim() is "CREATE INDEX" or "CREATE UNIQUE INDEX")
            {
                created.Add(words[1]);
            }
        }
    }

    public void Begin()
    {
        rebuilding = true;
        kept.Clear();
        kept.AddRange(Objects());
        raw.sqlite3_db_config(Handle, raw.SQLITE_DBCONFIG_ENABLE_FKEY, 0, out _);
    }

    public void End()
    {
        var present = Objects().Select(o => o.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, sql) in kept)
        {
            if (!present.Contains(name) && !created.Contains(name))
            {
                Execute(sql);
            }
        }

        Restore();
    }

    public void Dispose()
    {
        if (rebuilding)
        {
            Restore();
        }

        connection.Close();
    }

    private void Restore()
    {
        rebuilding = false;
        var on = new ThreadsConnectionStringBuilder(connection.DbConnection.ConnectionString).ForeignKeys;
        raw.sqlite3_db_config(Handle, raw.SQLITE_DBCONFIG_ENABLE_FKEY, on ? 1 : 0, out _);
    }

    private List<(string Name, string Sql)> Objects()
    {
        using var command = Command("""
            SELECT "name", "sql" FROM "sqlite_master" WHERE "type" IN ('trigger', 'index') AND "sql" IS NOT NULL AND "name" NOT GLOB '_threads_*' ORDER BY "rowid"
            """);
        using var reader = command.ExecuteReader();
        var found = new List<(string, string)>();
        while (reader.Read())
        {
            found.Add((reader.GetString(0), reader.GetString(1)));
        }

        return found;
    }

    private void Execute(string sql)
    {
        using var command = Command(sql);
        command.ExecuteNonQuery();
    }

    private System.Data.Common.DbCommand Command(string sql)
    {
        var command = connection.DbConnection.CreateCommand();
#pragma warning disable CA2100 // the text is SQLite's own of an object that was there
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Transaction = connection.CurrentTransaction?.GetDbTransaction();
        return command;
    }
}
