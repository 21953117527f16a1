using Threads.Data.Sqlite;

namespace Threads.Data.Capture;

/// <summary>
/// Keeps the binding of tables to collections true after a schema statement, in its transaction. A name in events is for ever (decision 13): a rename moves the
/// binding only; DROP unbinds; a raw CREATE of a dropped name starts empty; the rename that ends a rebuild (ef_temp_…) binds again.
/// </summary>
internal sealed class SchemaBinder(SqliteDatabase database, SchemaCatalog catalog, Aliases aliases)
{
    private readonly List<Alias> _named = [];


    /// <summary>A migration is under way: a table made again under the name a dropped one had is that one.</summary>
    public bool Rebinds { get; set; }

    /// <summary>Takes in what a statement did (null: anything may have changed). Returns collections whose table must be filled from the log. Events up to <paramref name="now"/> are not a re-created table's.</summary>
    public IReadOnlyList<long> Follow(SqlStatement? statement, long now)
    {
        catalog.Forget();
        if (statement is { Verb: "ALTER", SchemaObject: "TABLE", Target: { } target, NewName: { } renamed })
        {
            if (statement.OldColumn is { } column)
            {
                NoteColumnName(target, column, renamed);
                database["UPDATE _threads_column SET col = ? WHERE col = ? AND c = (SELECT id FROM _threads_collection WHERE tbl = ? AND kind = 0)"]
                    .Bind(1, renamed).Bind(2, column).Bind(3, target).Run();
            }
            else
            {
                Rename(target, renamed);
            }
        }

        catalog.Forget();
        Unbind();
        var refold = new HashSet<long>();
        foreach (var table in Unbound())
        {
            Note(refold, Bind(table, now));
        }

        foreach (var table in Changed(statement))
        {
            Note(refold, BindColumns(table));
        }

        catalog.Forget();
        foreach (var collection in aliases.TakeRefill())
        {
            refold.Add(collection);
        }

        return refold.Count == 0 ? [] : [.. refold];
    }

    /// <summary>Names given since the last call that other peers must hear of.</summary>
    public IReadOnlyList<Alias> TakeNamed()
    {
        if (_named.Count == 0)
        {
            return [];
        }

        Alias[] news = [.. _named.Where(a => !aliases.IsKnown(a))];
        _named.Clear();
        return news;
    }

    /// <summary>Takes a table out of the thread: its rows stay here and are no events.</summary>
    public void MakeLocal(string table)
    {
        database["INSERT INTO _threads_collection(name, tbl, kind) VALUES(?1, ?1, 1) ON CONFLICT(name) DO UPDATE SET kind = 1, tbl = ?1"].Bind(1, table).Run();
        catalog.Forget();
    }

    /// <summary>Whether the table was marked local.</summary>
    public bool IsLocal(string table)
        => database["SELECT 1 FROM _threads_collection WHERE tbl = ? AND kind = 1"].Bind(1, table).ScalarInt64() == 1;

    /// <summary>Whether rows of a shared table could not be told apart: it has no primary key.</summary>
    public bool LacksKey(string table)
    {
        catalog.Forget();
        return catalog.IsCandidate(table) && !IsLocal(table) && database["SELECT 1 FROM pragma_table_xinfo(?) WHERE pk > 0"].Bind(1, table).ScalarInt64() == 0;
    }

    private static void Note(HashSet<long> collections, long? collection)
    {
        if (collection is { } one)
        {
            collections.Add(one);
        }
    }

    private void Rename(string from, string to)
    {
        if (from.StartsWith("ef_temp_", StringComparison.OrdinalIgnoreCase))
        {
            database["UPDATE _threads_collection SET kind = 0, tbl = ?1 WHERE id = (SELECT id FROM _threads_collection WHERE tbl = ?1 AND kind = 2 ORDER BY id DESC LIMIT 1)"]
                .Bind(1, to).Run();
            return;
        }

        if (CollectionOf(from) is { } collection)
        {
            var isFresh = database["SELECT 1 FROM _threads_collection WHERE name = ? AND NOT(tbl IS NULL AND kind = 0)"].Bind(1, to).ScalarInt64() == 0;
            _named.Add(new Alias(collection, "", to, isFresh));
        }

        database["UPDATE _threads_collection SET tbl = ? WHERE tbl = ? AND kind <> 2"].Bind(1, to).Bind(2, from).Run();
        database["UPDATE OR REPLACE _threads_schema SET tbl = ? WHERE tbl = ?"].Bind(1, to).Bind(2, from).Run();
    }

    private void NoteColumnName(string table, string from, string to)
    {
        if (CollectionOf(table) is not { } collection)
        {
            return;
        }

        var column = database["SELECT m.name FROM _threads_column m JOIN _threads_collection c ON c.id = m.c WHERE c.name = ? AND m.col = ?"].Bind(1, collection).Bind(2, from);
        if (column.Step())
        {
            var canonical = column.Text(0);
            column.Reset();
            var isFresh = database["SELECT 1 FROM _threads_column m JOIN _threads_collection c ON c.id = m.c WHERE c.name = ? AND m.name = ? AND m.col IS NOT NULL"]
                .Bind(1, collection).Bind(2, to).ScalarInt64() == 0;
            _named.Add(new Alias(collection, canonical, to, isFresh));
        }
    }

    private string? CollectionOf(string table)
    {
        var found = database["SELECT name FROM _threads_collection WHERE tbl = ? AND kind = 0"].Bind(1, table);
        var name = found.Step() ? found.Text(0) : null;
        found.Reset();
        return name;
    }

    private void Unbind() => database.Execute(
        "UPDATE _threads_collection SET kind = 2 WHERE kind = 0 AND tbl IS NOT NULL AND NOT EXISTS(SELECT 1 FROM sqlite_master m WHERE m.type = 'table' AND m.name = tbl COLLATE NOCASE)");

    private List<string> Unbound()
    {
        var names = new List<string>();
        var rows = database[SchemaCatalog.Candidates + " AND NOT EXISTS(SELECT 1 FROM _threads_collection c WHERE c.tbl = m.name COLLATE NOCASE AND c.kind <> 2)"];
        while (rows.Step())
        {
            names.Add(rows.Text(0));
        }

        return names;
    }

    /// <summary>The tables whose columns a statement may have changed, by the name they have now.</summary>
    private IEnumerable<string> Changed(SqlStatement? statement)
    {
        if (statement is null)
        {
            return catalog.CandidateNames();
        }

        if (statement.SchemaObject != "TABLE" || statement.Target is not { } target)
        {
            return [];
        }

        var table = statement is { NewName: { } renamed, OldColumn: null } ? renamed : target;
        return catalog.IsCandidate(table) ? [table] : [];
    }

    /// <summary>Gives a table its collection; returns it when the log has rows for it.</summary>
    private long? Bind(string table, long now)
    {
        if (Rebinds && database["SELECT id FROM _threads_collection WHERE tbl = ? AND kind = 2 ORDER BY id DESC LIMIT 1"].Bind(1, table).ScalarInt64(-1) is var dropped and > 0)
        {
            database["UPDATE _threads_collection SET kind = 0, tbl = ? WHERE id = ?"].Bind(1, table).Bind(2, dropped).Run();
            BindColumns(table);
            return dropped;
        }

        if (aliases.FindUnboundCollection(table) is { } original)
        {
            return BindWaiting(original, table);
        }

        var known = database["SELECT id, kind, same IS NOT NULL OR tbl IS NOT NULL FROM _threads_collection WHERE name = ?"].Bind(1, table);
        if (!known.Step())
        {
            Insert(table, table);
            return BindColumns(table);
        }

        var (id, kind, isTaken) = (known.Int64(0), known.Int64(1), known.Int64(2) == 1);
        known.Reset();
        if (kind == SchemaCatalog.Shared)
        {
            // An event is waiting for a table of this name, or a renamed table still holds it.
            if (isTaken)
            {
                var name = FreeName(table);
                Insert(name, table);
                _named.Add(new Alias(name, "", table, IsFresh: false));
                return BindColumns(table);
            }

            return BindWaiting(id, table);
        }

        // The log's next event must come after the mark, whatever the wall clock does until then.
        database["INSERT INTO _threads_meta(name, value) VALUES('clock', ?1) ON CONFLICT(name) DO UPDATE SET value = max(value, ?1)"].Bind(1, now).Run();
        database["UPDATE _threads_collection SET tbl = ?, kind = 0, since = ? WHERE id = ?"].Bind(1, table).Bind(2, now + 1).Bind(3, id).Run();
        foreach (var rows in new[] { "entity", "event", "cell", "held", "claim", "ref", "owner" })
        {
            database[$"DELETE FROM _threads_{rows} WHERE c = ?"].Bind(1, id).Run();
        }

        BindColumns(table);
        return null;
    }

    /// <summary>Binds a collection that had no table here; its events fill it.</summary>
    private long? BindWaiting(long collection, string table)
    {
        database["UPDATE _threads_collection SET tbl = ? WHERE id = ?"].Bind(1, table).Bind(2, collection).Run();
        BindColumns(table);
        return database["SELECT seen FROM _threads_collection WHERE id = ?"].Bind(1, collection).ScalarInt64() == 1 ? collection : null;
    }

    private void Insert(string canonical, string table)
        => database["INSERT INTO _threads_collection(name, tbl) VALUES(?, ?)"].Bind(1, canonical).Bind(2, table).Run();

    private string FreeName(string table)
    {
        for (var n = 2; ; n++)
        {
            var name = FormattableString.Invariant($"{table}#{n}");
            if (database["SELECT 1 FROM _threads_collection WHERE name = ?"].Bind(1, name).ScalarInt64() == 0)
            {
                return name;
            }
        }
    }

    /// <summary>Gives new columns their names in events; returns the collection when one of them was already written elsewhere.</summary>
    private long? BindColumns(string table)
    {
        var collection = database["SELECT id FROM _threads_collection WHERE tbl = ? AND kind = 0"].Bind(1, table).ScalarInt64(-1);
        if (collection < 0)
        {
            return null;
        }

        database["UPDATE _threads_column SET col = NULL WHERE c = ?1 AND col IS NOT NULL AND col NOT IN (SELECT name FROM pragma_table_xinfo(?2) WHERE hidden = 0)"]
            .Bind(1, collection).Bind(2, table).Run();
        var columns = new List<string>();
        var rows = database["SELECT name FROM pragma_table_xinfo(?2) WHERE hidden = 0 AND name NOT IN (SELECT col FROM _threads_column WHERE c = ?1 AND col IS NOT NULL)"]
            .Bind(1, collection).Bind(2, table);
        while (rows.Step())
        {
            columns.Add(rows.Text(0));
        }

        var refold = false;
        foreach (var column in columns)
        {
            var name = aliases.FindUnboundColumn(collection, column) ?? column;
            var back = database["UPDATE _threads_column SET col = ?3 WHERE c = ?1 AND name = ?2 AND col IS NULL AND same IS NULL RETURNING seen"].Bind(1, collection).Bind(2, name).Bind(3, column).ScalarInt64(-1);
            // A column that comes back has its values in the log.
            refold |= back >= 0;
            if (back < 0)
            {
                database[
                    """
                    INSERT INTO _threads_column(c, id, name, col) VALUES(?1, (SELECT coalesce(max(id), 0) + 1 FROM _threads_column WHERE c = ?1),
                        ?2 || CASE WHEN EXISTS(SELECT 1 FROM _threads_column WHERE c = ?1 AND name = ?2) THEN '#2' ELSE '' END, ?3)
                    """].Bind(1, collection).Bind(2, name).Bind(3, column).Run();
            }
        }

        aliases.AdoptColumns(collection);
        return refold ? collection : null;
    }
}
