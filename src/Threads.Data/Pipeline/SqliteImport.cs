using Microsoft.Data.Sqlite;
using Threads.Data.Capture;
using Threads.Data.Sqlite;

namespace Threads.Data.Pipeline;

/// <summary>
/// Takes a database that lived before us into the thread, in the caller's write transaction: tables, then rows in records of bounded size, then indexes, views and triggers, which
/// therefore don't fire. All or nothing.
/// </summary>
internal sealed class SqliteImport(ThreadsSession session, SqliteImportSource source, ImportSqliteOptions options)
{
    private const int MaxBrokenReferences = 1_000;

    private readonly List<AddedKey> _addedKeys = [];
    private readonly List<SchemaItem> _tables = source.Items("table");

    /// <exception cref="ThreadsException">A table is named like ours or like one that is here, or its rows can't be taken; nothing is then.</exception>
    public ImportSqliteResult Run(IProgress<ThreadsProgress>? progress, CancellationToken cancellationToken)
    {
        foreach (var type in new[] { "table", "index", "view", "trigger" })
        {
            source.Items(type).ForEach(RefuseName);
        }

        var virtuals = _tables.Where(IsVirtual).ToList();
        var ordinary = _tables.Where(t => !IsVirtual(t) && !virtuals.Exists(v => IsShadow(t.Name, v.Name))).ToList();
        ordinary.ForEach(Create);
        virtuals.ForEach(v => Execute(v, "TABLE"));

        var total = options.SchemaOnly ? 0 : _tables.Where(t => !IsVirtual(t)).Sum(t => source.Count(t.Name));
        using var rows = new SqliteImportRows(session, source, options, done => progress?.Report(new ThreadsProgress(done, total)), cancellationToken);
        session.SealSoFar();
        session.Core.FoldScope.Enter();
        try
        {
            ordinary.ForEach(t => CopyRows(t, rows));
            if (!options.SchemaOnly)
            {
                _tables.Where(t => virtuals.Exists(v => IsShadow(t.Name, v.Name))).ToList().ForEach(t => CopyShadow(t, rows));
                CopySequences();
            }
        }
        finally
        {
            session.Core.FoldScope.Leave();
            session.Settled();
        }

        // Before those rows are held back until their parent comes.
        var broken = options.SchemaOnly ? [] : BrokenReferences();
        source.Items("index").Where(i => !virtuals.Exists(v => IsShadow(i.Table, v.Name))).ToList().ForEach(i => Execute(i, "INDEX"));
        source.Items("view").ForEach(v => Execute(v, "VIEW"));
        source.Items("trigger").ForEach(t => Execute(t, "TRIGGER"));
        CopyUserVersion();
        ordinary.Select(t => session.Core.Catalog.Find(t.Name)).OfType<TableSchema>().ToList().ForEach(session.Core.SchemaConstraints.Recheck);
        session.Settled();
        progress?.Report(new ThreadsProgress(rows.Shared + rows.Local, total));
        return new ImportSqliteResult(ordinary.Count + virtuals.Count, rows.Shared, rows.Local, rows.Records, _addedKeys, broken);
    }

    private static bool IsVirtual(SchemaItem table) => table.Sql.StartsWith("CREATE VIRTUAL", StringComparison.OrdinalIgnoreCase);

    private static bool IsShadow(string table, string ofVirtual) => table.StartsWith(ofVirtual + "_", StringComparison.OrdinalIgnoreCase);

    private void RefuseName(SchemaItem item)
    {
        if (item.Name.StartsWith("_threads_", StringComparison.OrdinalIgnoreCase) || item.Name.StartsWith("threads_", StringComparison.OrdinalIgnoreCase))
        {
            throw ThreadsErrors.ImportTable(item.Name, Resources.Strings.ReasonNameOfOurs());
        }

        if (session.Database["SELECT 1 FROM sqlite_master WHERE name = ? COLLATE NOCASE"].Bind(1, item.Name).ScalarInt64() == 1)
        {
            throw ThreadsErrors.ImportTable(item.Name, Resources.Strings.ReasonNameTaken());
        }
    }

    private void Create(SchemaItem table)
    {
        var columns = source.Columns(table.Name);
        if (columns.Exists(c => c.IsKey) || session.Core.Binder.IsLocal(table.Name) || table.Name.StartsWith("__EF", StringComparison.OrdinalIgnoreCase)
            || table.Name.StartsWith("ef_temp_", StringComparison.OrdinalIgnoreCase))
        {
            Execute(table, "TABLE");
            return;
        }

        var key = options.KeyColumn;
        for (var n = 2; columns.Exists(c => string.Equals(c.Name, key, StringComparison.OrdinalIgnoreCase)); n++)
        {
            key = FormattableString.Invariant($"{options.KeyColumn}{n}");
        }

        // BLOB has no affinity, so a rowid stays the integer it is; the default can't collide with another peer's, which the next free rowid would.
        _addedKeys.Add(new AddedKey(table.Name, key));
        Execute(table with { Sql = table.Sql.Insert(FirstColumn(table.Sql), $"{SqliteDatabase.Quote(key)} BLOB NOT NULL PRIMARY KEY DEFAULT (randomblob(16)), ") }, "TABLE");
    }

    private static int FirstColumn(string sql)
    {
        var tokens = new SqlTokenizer(sql);
        while (true)
        {
            var token = tokens.Next();
            if (token.Kind is SqlTokenKind.OpenParenthesis or SqlTokenKind.End)
            {
                return token.End;
            }
        }
    }

    /// <summary>Runs a schema statement as the user's own would be. The text is somebody else's: it must be one statement that makes what the schema says it is.</summary>
    private void Execute(SchemaItem item, string type)
    {
        if (SqlScript.Split(item.Sql) is not [{ Kind: SqlStatementKind.Schema, Verb: "CREATE", IsTemp: false } statement] || statement.SchemaObject != (IsVirtual(item) ? "VIRTUAL" : type)
            || (type == "TABLE" && !string.Equals(statement.Target, item.Name, StringComparison.OrdinalIgnoreCase)))
        {
            throw ThreadsErrors.ImportTable(item.Name, Resources.Strings.ReasonSchemaText(item.Sql));
        }

        session.BeforeStatement(statement);
        try
        {
            session.Database.Execute(statement.Text);
        }
        catch (SqliteException e)
        {
            throw ThreadsErrors.ImportTable(item.Name, e.Message);
        }

        session.AfterStatement(statement);
    }

    private void CopyRows(SchemaItem table, SqliteImportRows rows)
    {
        var belongsToSchema = table.Name.StartsWith("__EF", StringComparison.OrdinalIgnoreCase);
        if (options.SchemaOnly && !belongsToSchema)
        {
            return;
        }

        try
        {
            if (session.Core.Catalog.Find(table.Name) is { } shared)
            {
                rows.CopyShared(shared, _addedKeys.Find(k => k.Table == table.Name)?.Column);
            }
            else
            {
                rows.CopyLocal(table.Name);
            }
        }
        catch (SqliteException e)
        {
            throw ThreadsErrors.ImportTable(table.Name, e.Message);
        }
    }

    /// <summary>A virtual table's content is that of its shadow tables, copied as it is.</summary>
    private void CopyShadow(SchemaItem table, SqliteImportRows rows)
    {
        if (session.Database["SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"].Bind(1, table.Name).ScalarInt64() == 1)
        {
            session.Database.Execute($"DELETE FROM main.{SqliteDatabase.Quote(table.Name)}");
            rows.CopyLocal(table.Name);
        }
    }

    /// <summary>What AUTOINCREMENT gave out last, which may be more than the rows there show. Local: another peer counts for itself.</summary>
    private void CopySequences()
    {
        if (source.Database.Int64("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_sequence'") == 0)
        {
            return;
        }

        var rows = source.Database["SELECT name, seq FROM sqlite_sequence"];
        while (rows.Step())
        {
            var (name, last) = (rows.Text(0), rows.Int64(1));
            session.Database["INSERT INTO sqlite_sequence(name, seq) SELECT ?1, ?2 WHERE NOT EXISTS(SELECT 1 FROM sqlite_sequence WHERE name = ?1)"].Bind(1, name).Bind(2, last).Run();
            session.Database["UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1"].Bind(1, name).Bind(2, last).Run();
        }
    }

    /// <summary>Applications count their own schema's versions there.</summary>
    private void CopyUserVersion()
    {
        if (session.Database.Int64("PRAGMA user_version") == 0)
        {
            session.Database.Execute(FormattableString.Invariant($"PRAGMA user_version = {source.Database.Int64("PRAGMA user_version")}"));
        }
    }

    private List<BrokenReference> BrokenReferences()
    {
        var broken = new List<BrokenReference>();
        using var rows = session.Database.Prepare("PRAGMA foreign_key_check");
        while (broken.Count < MaxBrokenReferences && rows.Step())
        {
            broken.Add(new BrokenReference(rows.Text(0), rows.IsNull(1) ? null : rows.Int64(1), rows.Text(2)));
        }

        return broken;
    }
}
