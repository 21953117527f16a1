using Microsoft.Data.Sqlite;
using SQLitePCL;
using Threads.Data.Capture;
using Threads.Data.Sqlite;
using Threads.Data.Storage;

namespace Threads.Data.Pipeline;

/// <summary>What happens around each statement: refusals, the lock, triggers on the tables it may change, keys for rows that bring none, schema changes taken in.</summary>
internal sealed partial class ThreadsSession
{
    private const int MaxKnownStatements = 1_000;
    private const string StatementSavepoint = "_threads_statement";

    private readonly Dictionary<SqlStatement, IReadOnlyList<TableSchema>?> _reach = new(ReferenceEqualityComparer.Instance);
    private SqlStatement? _lastWrite;
    private bool _hasAttached;
    private bool _inStatementSavepoint;
    private bool _hasTemporaryObjects;
    private bool _hasTemporaryTriggers;

    /// <summary>Whether a statement concerns TEMP tables alone, so that it needs no lock of the file and nothing of ours.</summary>
    public bool IsTemporary(SqlStatement statement) => statement.Kind switch
    {
        SqlStatementKind.Schema => statement.IsTemp || IsTemporaryTable(statement),
        SqlStatementKind.Write => (statement.IsTemp || IsTemporaryTable(statement)) && !_hasTemporaryTriggers,
        _ => false,
    };

    /// <summary>
    /// Called in a transaction before a Write, Schema, Pragma, Attach or Detach statement runs: refusals, lock, triggers. Returns the statement to run: another one where
    /// rows without a key get theirs from this log's range.
    /// </summary>
    public SqlStatement BeforeStatement(SqlStatement statement)
    {
        Observe();
        _running++;
        if (ReferenceEquals(statement, _lastWrite))
        {
            // Run again and again in one transaction: its tables are noted and watched.
            return statement;
        }

        EndStatementSavepoint();
        Core.Updates.Spill();
        if (statement.MentionsThreads)
        {
            Core.Guard.Check(statement);
        }

        switch (statement.Kind)
        {
            case SqlStatementKind.Write:
                return Capture(statement);
            case SqlStatementKind.Schema when !IsTemporary(statement):
                Lock();
                RefuseAttached(statement);
                BeforeSchema(statement);
                if (statement.Verb == MergeDeclarations.Verb)
                {
                    _merges.Open();
                }

                break;
            case SqlStatementKind.Schema:
                _hasTemporaryObjects |= statement.Verb == "CREATE";
                if (statement is { Verb: "CREATE", SchemaObject: "TRIGGER" or "VIEW" })
                {
                    _hasTemporaryTriggers = true;
                    Core.FoldScope.MeetTemporaryTriggers();
                }

                ForgetReach();
                break;
            case SqlStatementKind.Attach:
                _hasAttached = true;
                ForgetReach();
                break;
            case SqlStatementKind.Pragma when string.Equals(statement.Target, "writable_schema", StringComparison.OrdinalIgnoreCase):
                throw ThreadsErrors.WritableSchema();
        }

        return statement;
    }

    /// <summary>Called after such a statement succeeded: schema changes are taken in.</summary>
    public void AfterStatement(SqlStatement statement)
    {
        Core.Updates.End(statement);
        StatementEnded();
        if (_inStatementSavepoint && statement.Kind == SqlStatementKind.Schema)
        {
            AfterSchema(statement);
            Settled();
        }
    }

    /// <summary>Called after such a statement failed, for which there is no <see cref="AfterStatement"/>.</summary>
    public void StatementEnded()
    {
        _running = Math.Max(0, _running - 1);
        if (_running == 0)
        {
            Core.Updates.Stop();
        }

        Settled();
    }

    private void AfterSchema(SqlStatement statement)
    {
        _schemaChanged = true;
        ForgetReach();
        if (NewTable(statement) is { } table && Core.Binder.LacksKey(table))
        {
            Database.Execute("ROLLBACK TO " + StatementSavepoint);
            Core.ForgetSchema();
            EndStatementSavepoint();
            throw ThreadsErrors.NoKey(table);
        }

        if (statement.Verb == MergeDeclarations.Verb)
        {
            _merges.Close();
        }
        else if (statement is { Verb: "CREATE", SchemaObject: "TRIGGER" })
        {
            WarnOfAdditions(TriggerText.Parse("", statement.Target ?? "", statement.Text));
        }

        EndStatementSavepoint();
        var refill = Core.FollowSchema(statement);
        TellNames();
        var rekeyed = KeepRekeyed(statement);
        Fill(refill);
        if (rekeyed is not null)
        {
            TellRekeyed(rekeyed);
        }
    }

    /// <summary>What a schema statement renamed, other peers hear of by this transaction's record.</summary>
    private void TellNames()
    {
        foreach (var alias in Core.Binder.TakeNamed())
        {
            _hasNews = true;
            Core.LocalCommit.Add(alias);
        }
    }

    private void WarnOfAdditions(TriggerText trigger)
    {
        foreach (var addition in TriggerAdditions.Of(trigger))
        {
            if (Core.Catalog.Find(addition.Table)?.Columns.FirstOrDefault(c => string.Equals(c.Name, addition.Column, StringComparison.OrdinalIgnoreCase)) is { Merge.Kind: null })
            {
                OnTriggerAdds?.Invoke(TriggerName(trigger.Sql), addition.Table, addition.Column);
            }
        }
    }

    /// <summary>The name that CREATE [TEMP] TRIGGER [IF NOT EXISTS] [schema.]name gives.</summary>
    private static string TriggerName(string sql)
    {
        var tokens = SqlTokens.Of(sql);
        var i = tokens.Find(sql, "TRIGGER") + 1;
        i += tokens[i].Is(sql, "IF") ? 3 : 0;
        i += i + 1 < tokens.Count && tokens[i + 1].Kind == SqlTokenKind.Dot ? 2 : 0;
        return tokens[i].Name(sql);
    }

    private static string? NewTable(SqlStatement statement) => statement switch
    {
        { SchemaObject: "TABLE", Verb: "CREATE" } => statement.Target,
        { SchemaObject: "TABLE", Verb: "ALTER", OldColumn: null } => statement.NewName,
        _ => null,
    };

    /// <summary>Another thread's file may be read; its rows are its own log's to change.</summary>
    private void RefuseAttached(SqlStatement statement)
    {
        if (!_hasAttached)
        {
            return;
        }

        var names = new List<string>();
        var rows = Database["SELECT name FROM pragma_database_list WHERE seq > 1"];
        while (rows.Step())
        {
            names.Add(rows.Text(0));
        }

        var schema = statement.TargetSchema ?? (statement.Target is { } target && !Core.Catalog.IsObject(target)
            ? names.Find(n => Database.Scalar($"SELECT 1 FROM {SqliteDatabase.Quote(n)}.sqlite_master WHERE name = {SqliteDatabase.Literal(target)} COLLATE NOCASE") == 1) : null);
        if (schema is not null && names.Exists(n => n.Equals(schema, StringComparison.OrdinalIgnoreCase))
            && Database.Scalar($"PRAGMA {SqliteDatabase.Quote(schema)}.application_id") == InternalSchema.ApplicationId)
        {
            throw ThreadsErrors.AttachedThread(schema);
        }
    }

    /// <summary>A table that another tool made, and that can't be shared as it is.</summary>
    private void RefuseWithoutKey(SqlStatement statement)
    {
        if (statement.Verb != "DROP" && statement.Target is { } target && Core.Catalog.Find(target) is null && Core.Catalog.IsShared(target) && Core.Binder.LacksKey(target))
        {
            throw ThreadsErrors.NoKey(target);
        }
    }

    private SqlStatement Capture(SqlStatement statement)
    {
        if (!_reach.TryGetValue(statement, out var reached))
        {
            if (_reach.Count >= MaxKnownStatements)
            {
                _reach.Clear();
            }

            reached = IsTemporary(statement) ? null : Watch(statement);
            _reach.Add(statement, reached);
        }

        if (reached is not null)
        {
            Lock(); // which may have found another schema
            reached = _reach.TryGetValue(statement, out var known) ? known! : _reach[statement] = Watch(statement);
            var suiting = Suiting(statement, reached);
            foreach (var table in reached)
            {
                _touched.Add(table.Collection);
            }

            if (suiting is not null)
            {
                // Run once more, it meets the notes of this time.
                _lastWrite = null;
                Core.Updates.Begin(statement, suiting);
                return statement;
            }

            if (KeepPresent(statement) is { } kept)
            {
                return kept;
            }

            if (statement.Verb is "INSERT" or "REPLACE" && GiveKeys(statement, reached) is { } rewritten)
            {
                return rewritten;
            }
        }

        _lastWrite = statement;
        return statement;
    }

    /// <summary>Null while SQLite's own choice of keys is ours; otherwise the statement with keys from the range, or as it is under a guard that refuses rows without one.</summary>
    private SqlStatement? GiveKeys(SqlStatement statement, IReadOnlyList<TableSchema> reached)
    {
        SqlStatement? rewritten = null;
        foreach (var table in reached.Where(t => t.HasRowIdKey))
        {
            if (Core.Ranges.IsNatural(table))
            {
                Core.Ranges.Unguard(table);
                continue;
            }

            if (string.Equals(table.Name, statement.Target, StringComparison.OrdinalIgnoreCase)
                && KeylessInsert.TryRewrite(statement, table.Columns[0].Name, KeyRanges.Expression(table)) is { } text)
            {
                Core.Ranges.Prepare(table);
                rewritten = statement with { Text = text };
                if (!table.HasTriggers)
                {
                    // Under a BEFORE trigger SQLite computes the values of a single row twice, and a key would be lost.
                    Core.Ranges.Unguard(table);
                    continue;
                }
            }

            Core.Ranges.Guard(table);
        }

        return rewritten;
    }

    /// <summary>Puts triggers on the tables a statement may change.</summary>
    private IReadOnlyList<TableSchema> Watch(SqlStatement statement)
    {
        Lock();
        RefuseAttached(statement);
        RefuseWithoutKey(statement);
        var reach = Core.Catalog.Reach(statement.Target, statement.Text.Contains("REPLACE", StringComparison.OrdinalIgnoreCase), _hasTemporaryTriggers);
        foreach (var table in reach.Tables)
        {
            Core.Triggers.Install(table, reach.MayReplace);
        }

        return reach.Tables;
    }

    /// <summary>Takes capture's triggers off all tables until they are next written: SQLite empties a table at once only when none stands on it.</summary>
    public void Unwatch()
    {
        Core.Triggers.RemoveAll();
        ForgetReach();
    }

    private void ForgetReach()
    {
        _reach.Clear();
        _lastWrite = null;
    }

    /// <summary>What statements noted so far becomes events now, by the schema they ran under; ALTER and DROP meet no trigger of ours.</summary>
    private void BeforeSchema(SqlStatement statement)
    {
        Collect();
        _lastWrite = null;

        // A fold in this transaction may have left it on a row: SQLite drops no table while a statement is.
        Core.Records.Release();
        if (statement is { SchemaObject: "TABLE", Verb: "ALTER" or "DROP", Target: { } target })
        {
            Core.Triggers.RemoveAll();
            Core.Ranges.Forget();
            ForgetReach();
            if (statement.Verb == "DROP")
            {
                // The implicit DELETE runs the foreign keys' actions on other tables, whose changes are events; its own rows' are not.
                foreach (var reached in Watch(new SqlStatement(SqlStatementKind.Write, "", target) { Verb = "DROP" }))
                {
                    _touched.Add(reached.Collection);
                }

                if (Core.Catalog.Find(target) is { } table)
                {
                    NoteDroppedKey(table);
                    Core.Triggers.Remove(table);
                }
            }
        }

        Database.Execute("SAVEPOINT " + StatementSavepoint);
        _inStatementSavepoint = true;
    }

    private void EndStatementSavepoint()
    {
        if (_inStatementSavepoint)
        {
            _inStatementSavepoint = false;
            if (InTransaction)
            {
                Database.Execute("RELEASE " + StatementSavepoint);
            }
        }
    }

    private bool IsTemporaryTable(SqlStatement statement)
        => _hasTemporaryObjects && statement.Target is { } target && statement.TargetSchema is null
            && Database["SELECT 1 FROM sqlite_temp_master WHERE type = 'table' AND name = ? COLLATE NOCASE"].Bind(1, target).ScalarInt64() == 1;

    /// <summary>Rows change only between <see cref="BeforeStatement"/> and <see cref="AfterStatement"/>, or in here; what else changed came in past both.</summary>
    private void Observe()
    {
        if (_running == 0 && InTransaction && Database.TotalChanges != _changesSeen)
        {
            _hasStrayWrites = true;
        }
    }

    /// <summary>What changed up to now was meant.</summary>
    public void Settled()
    {
        // What a statement with RETURNING changed counts when its last row is read, whoever runs in between.
        if (_running == 0)
        {
            _changesSeen = Database.TotalChanges;
        }
    }
}
