using System.Security.Cryptography;
using System.Text;
using Threads.Data.Capture;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>
/// Constraints are a function of the schema: where a schema statement changed those of a table, its held-back rows and what refers to it are judged anew. Also keeps an
/// index of ours on each foreign key for which the user has none, so that the children of a row that goes are found without a scan.
/// </summary>
internal sealed class SchemaConstraints(SqliteDatabase database, SchemaCatalog catalog, ConstraintCatalog constraints, ConstraintFold fold, FoldScope scope)
{
    private const string Definitions =
        """
        SELECT tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type IN ('table', 'index') AND name NOT LIKE '\_threads\_%' ESCAPE '\' ORDER BY tbl_name, type DESC, name
        """;

    private readonly HashSet<long> _changed = [];

    /// <summary>After a schema statement, or when another connection made some: notes which tables are constrained otherwise than before.</summary>
    public void Follow()
    {
        var definitions = ReadDefinitions();
        var touched = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var known in ReadKnown())
        {
            var now = known.IsBound && definitions.TryGetValue(known.Table, out var text) ? Encoding.UTF8.GetBytes(text.ToString()) : null;
            if (!(now ?? []).AsSpan().SequenceEqual(known.Definition ?? []))
            {
                touched.Add(known.Table);
                var update = database["UPDATE _threads_collection SET definition = ? WHERE id = ?"].Bind(2, known.Id);
                (now is null ? update.BindNull(1) : update.Bind(1, now)).Run();
            }
        }

        if (touched.Count == 0)
        {
            return;
        }

        foreach (var name in touched.Concat(touched.SelectMany(catalog.ReferrersOf)).Distinct(StringComparer.OrdinalIgnoreCase).ToArray())
        {
            if (catalog.Find(name) is { } table)
            {
                Follow(table);
            }
        }
    }

    /// <summary>Whether rows are to be judged anew, which reads their events from the log.</summary>
    public bool ConcernsRows => _changed.Count > 0 && Tables().Any(t => Concerned(t).Any());

    /// <summary>Judges the rows of the changed tables anew.</summary>
    public void Recheck()
    {
        var tables = Tables();
        _changed.Clear();
        foreach (var table in tables)
        {
            Recheck(table.Table);
        }
    }

    /// <summary>Judges anew what is held back from a table or because of it, and what refers to nothing.</summary>
    public void Recheck(TableSchema table)
    {
        var own = constraints.Of(table);
        var found = Concerned(own).ToArray();
        if (found.Length == 0)
        {
            return;
        }

        scope.Enter();
        try
        {
            foreach (var row in found)
            {
                var reader = new Ipld.CborReader(row.Key);
                (row.IsShown ? fold.Unsettled.Present : fold.Unsettled.Deferred).Add(row.Table, Events.SqlValue.Read(ref reader));
            }

            // Numbers of constraints may mean others now; what is masked is found again.
            database["DELETE FROM _threads_owner WHERE c = ?"].Bind(1, table.Collection).Run();
            database["DELETE FROM _threads_ref WHERE c = ? AND s = 2"].Bind(1, table.Collection).Run();
            fold.Settle();
        }
        finally
        {
            scope.Leave();
        }
    }

    private void Follow(TableSchema table)
    {
        var own = constraints.Of(table);
        KeepIndexes(own);
        var now = Encoding.UTF8.GetBytes(own.Text);
        var row = database["SELECT rules FROM _threads_collection WHERE id = ?"].Bind(1, table.Collection);
        var same = row.Step() && now.AsSpan().SequenceEqual(row.Blob(0));
        row.Reset();
        if (same)
        {
            return;
        }

        database["UPDATE _threads_collection SET rules = ? WHERE id = ?"].Bind(1, now).Bind(2, table.Collection).Run();
        database["DELETE FROM _threads_constraint WHERE id >> 16 = ?"].Bind(1, table.Collection).Run();
        var insert = database["INSERT INTO _threads_constraint(kind, id, name, reason, u) VALUES(?, ?, ?, ?, ?)"];
        foreach (var unique in own.Uniques)
        {
            insert.Bind(1, 0).Bind(2, unique.Id).Bind(3, unique.Name).Bind(4, unique.Reason).BindNull(5).Run();
        }

        foreach (var reference in own.References)
        {
            insert.Bind(1, 1).Bind(2, reference.Id).Bind(3, reference.Name).Bind(4, reference.Reason).Bind(5, reference.Target.Id).Run();
        }

        _changed.Add(table.Collection);
    }

    private List<TableConstraints> Tables() => [.. _changed.Select(catalog.FindCollection).OfType<TableSchema>().Select(constraints.Of)];

    /// <summary>Rows to judge anew: as their events say, or, where they are shown and only their parent is in doubt, as they stand.</summary>
    private IEnumerable<Row> Concerned(TableConstraints own)
    {
        var table = own.Table;
        foreach (var key in fold.Held.All(table).Concat(fold.Held.AllMasked(table)))
        {
            yield return new(table, key, IsShown: false);
        }

        foreach (var reference in own.Uniques.SelectMany(u => u.Referrers).Where(r => r.Child != table))
        {
            foreach (var key in fold.Held.AllReferring(reference, masked: false))
            {
                yield return new(reference.Child, key, IsShown: false);
            }

            foreach (var key in fold.Held.AllReferring(reference, masked: true))
            {
                yield return new(reference.Child, key, IsShown: true);
            }
        }

        foreach (var reference in own.References.Concat(own.Uniques.SelectMany(u => u.Referrers)).Distinct())
        {
            foreach (var key in Dangling(reference))
            {
                yield return new(reference.Child, key, IsShown: true);
            }
        }
    }

    private List<byte[]> Dangling(Reference reference)
    {
        var child = reference.Child;
        var given = string.Join(" AND ", reference.Columns.Select(c => $"c.{c.Quoted} IS NOT NULL"));
        var found = string.Join(" AND ", reference.Target.Columns.Select((c, i) => $"p.{SqliteDatabase.Quote(c!)} COLLATE \"{reference.Target.Collations[i]}\" = +c.{reference.Columns[i].Quoted}"));
        using var rows = database.Prepare(
            $"SELECT {string.Join(", ", child.Keys.ToArray().Select(c => "c." + c.Quoted))} FROM main.{child.Quoted} c WHERE {given} AND NOT EXISTS(SELECT 1 FROM main.{reference.Target.Table.Quoted} p WHERE {found})");
        var keys = new List<byte[]>();
        while (rows.Step())
        {
            keys.Add(RowKey.Read(rows, 0, child.KeyCount));
        }

        return keys;
    }

    /// <summary>An index on each foreign key that begins none of the user's; those no longer needed go.</summary>
    private void KeepIndexes(TableConstraints own)
    {
        var table = own.Table;
        var (indexed, ours) = ReadIndexes(table);
        foreach (var reference in own.References)
        {
            var columns = reference.Columns.Select(c => c.Name).Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
            var name = FormattableString.Invariant($"_threads_f{table.Collection}_{Convert.ToHexStringLower(Hash(string.Join('\n', columns)).AsSpan(0, 4))}");
            var isIndexed = indexed.Exists(i => i.Take(columns.Length).ToHashSet(StringComparer.OrdinalIgnoreCase).SetEquals(columns))
                || columns.Length == 1 && table.KeyCount == 1 && table.Keys[0] == reference.Columns[0];
            if (!isIndexed && !ours.Remove(name))
            {
                database.Execute($"CREATE INDEX IF NOT EXISTS main.{name} ON {table.Quoted}({string.Join(", ", columns.Select(SqliteDatabase.Quote))})");
            }
        }

        foreach (var name in ours)
        {
            database.Execute($"DROP INDEX IF EXISTS main.{name}");
        }
    }

    private (List<List<string>> Indexed, HashSet<string> Ours) ReadIndexes(TableSchema table)
    {
        var indexed = new List<List<string>>();
        var ours = new HashSet<string>(StringComparer.Ordinal);
        using var rows = database.Prepare(
            """
            SELECT l.name, x.name FROM pragma_index_list(?) l JOIN pragma_index_xinfo(l.name) x ON x."key" = 1 WHERE l.partial = 0 ORDER BY l.seq, x.seqno
            """);
        rows.Bind(1, table.Name);
        var last = "";
        while (rows.Step())
        {
            var name = rows.Text(0);
            if (name.StartsWith("_threads_", StringComparison.Ordinal))
            {
                ours.Add(name);
                continue;
            }

            if (name != last)
            {
                indexed.Add([]);
                last = name;
            }

            indexed[^1].Add(rows.TextOrNull(1) ?? "");
        }

        return (indexed, ours);
    }

    private Dictionary<string, StringBuilder> ReadDefinitions()
    {
        var texts = new Dictionary<string, StringBuilder>(StringComparer.OrdinalIgnoreCase);
        var rows = database[Definitions];
        while (rows.Step())
        {
            var table = rows.Text(0);
            if (!texts.TryGetValue(table, out var text))
            {
                texts.Add(table, text = new StringBuilder());
            }

            text.Append(rows.Text(1)).Append('\n');
        }

        return texts;
    }

    private List<Known> ReadKnown()
    {
        var known = new List<Known>();
        var rows = database["SELECT id, tbl, definition, kind FROM _threads_collection WHERE tbl IS NOT NULL AND (kind = 0 OR definition IS NOT NULL)"];
        while (rows.Step())
        {
            known.Add(new(rows.Int64(0), rows.Text(1), rows.IsNull(2) ? null : rows.Blob(2).ToArray(), rows.Int64(3) == SchemaCatalog.Shared));
        }

        return known;
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    /// <summary>A row to judge anew.</summary>
    private sealed record Row(TableSchema Table, byte[] Key, bool IsShown);

    /// <summary>A table as it was when its constraints were last looked at.</summary>
    private sealed record Known(long Id, string Table, byte[]? Definition, bool IsBound);
}
