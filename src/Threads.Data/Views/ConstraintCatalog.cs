using Threads.Data.Capture;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>The constraints of the shared tables, read from SQLite's own catalog; kept until the schema changes.</summary>
internal sealed class ConstraintCatalog(SqliteDatabase database, SchemaCatalog catalog)
{
    private const int NumberBits = 16;

    private readonly Dictionary<long, TableConstraints> _drafts = [];
    private readonly Dictionary<long, TableConstraints> _tables = [];
    private readonly HashSet<long> _complete = [];

    public void Forget()
    {
        _drafts.Clear();
        _tables.Clear();
        _complete.Clear();
    }

    /// <summary>The table as it is now, after the catalog was read again.</summary>
    public TableSchema Current(TableSchema table) => catalog.FindCollection(table.Collection) ?? table;

    public UniqueKey? Current(UniqueKey unique) => catalog.FindCollection(CollectionOf(unique.Id)) is { } table ? Array.Find(Of(table).Uniques, u => u.Id == unique.Id) : null;

    public TableConstraints Of(TableSchema table)
    {
        if (_drafts.TryGetValue(table.Collection, out var known) && !ReferenceEquals(known.Table, table))
        {
            Forget();
        }

        if (_complete.Add(table.Collection))
        {
            foreach (var child in catalog.ReferrersOf(table.Name))
            {
                if (catalog.Find(child) is { } referrer)
                {
                    WithReferences(referrer);
                }
            }
        }

        return WithReferences(table);
    }

    public Reference? FindReference(long id)
        => catalog.FindCollection(CollectionOf(id)) is { } table ? Array.Find(Of(table).References, r => r.Id == id) : null;

    /// <summary>The collection whose constraint has this number.</summary>
    public static long CollectionOf(long id) => id >> NumberBits;

    private TableConstraints WithReferences(TableSchema table)
    {
        if (_tables.TryGetValue(table.Collection, out var found))
        {
            return found;
        }

        var draft = Draft(table);
        var references = References(draft);
        foreach (var reference in references)
        {
            reference.Target.Referrers.Add(reference);
        }

        found = new TableConstraints
        {
            Table = draft.Table,
            Uniques = draft.Uniques,
            References = references,
            Affinities = draft.Affinities,
            Definition = draft.Definition,
            Relevant = [.. draft.Relevant, .. references.SelectMany(r => r.Columns).Select(c => c.Name)],
            Text = string.Join('\n', draft.Uniques.Select(Describe).Concat(references.Select(Describe)).Append(draft.Definition)),
        };
        _tables.Add(table.Collection, found);
        return found;
    }

    /// <summary>The table without what it refers to: others may refer to it, or it to itself.</summary>
    private TableConstraints Draft(TableSchema table)
    {
        if (!_drafts.TryGetValue(table.Collection, out var draft))
        {
            _drafts.Add(table.Collection, draft = ReadDraft(table));
        }

        return draft;
    }

    private TableConstraints ReadDraft(TableSchema table)
    {
        var text = database["SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE"].Bind(1, table.Name);
        var definition = text.Step() ? text.Text(0) : "";
        text.Reset();
        var types = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var columns = database["SELECT name, type FROM pragma_table_xinfo(?)"].Bind(1, table.Name);
        while (columns.Step())
        {
            types[columns.Text(0)] = Affinity(columns.Text(1));
        }

        var uniques = Uniques(table, types);
        return new TableConstraints
        {
            Table = table,
            Uniques = uniques,
            References = [],
            Affinities = Array.ConvertAll(table.Columns, c => types[c.Name]),
            Definition = definition,
            Relevant = Relevant(table, uniques, types),
            Text = "",
        };
    }

    private UniqueKey[] Uniques(TableSchema table, Dictionary<string, string> types)
    {
        var found = new List<FoundIndex>();
        var list = database["""SELECT l.name, l.origin = 'pk', m.sql FROM pragma_index_list(?) l LEFT JOIN sqlite_master m ON m.type = 'index' AND m.name = l.name WHERE l."unique" = 1"""]
            .Bind(1, table.Name);
        while (list.Step())
        {
            found.Add(new(list.Text(0), list.Int64(1) == 1, list.TextOrNull(2)));
        }

        var uniques = found.ConvertAll(i => Index(table, i.Name, i.IsPrimary, i.Sql, types));
        if (!uniques.Exists(u => u.IsPrimary))
        {
            var keys = table.Keys.ToArray();
            uniques.Add(Unique(table, isPrimary: true, Array.ConvertAll<ColumnSchema, string?>(keys, k => k.Name), Array.ConvertAll(keys, k => k.Quoted), Array.ConvertAll(keys, _ => "BINARY"), null, types));
        }

        return [.. uniques.Where(u => u.IsPrimary).Concat(uniques.Where(u => !u.IsPrimary).OrderBy(Describe, StringComparer.Ordinal)).Select((u, i) => Numbered(u, i))];
    }

    private UniqueKey Index(TableSchema table, string name, bool isPrimary, string? sql, Dictionary<string, string> types)
    {
        var (expressions, where) = sql is null ? ([], null) : DefinitionText.Index(sql);
        var columns = new List<string?>();
        var parts = new List<string>();
        var collations = new List<string>();
        var rows = database["""SELECT cid, name, coll FROM pragma_index_xinfo(?) WHERE "key" = 1 ORDER BY seqno"""].Bind(1, name);
        while (rows.Step())
        {
            var column = rows.TextOrNull(1);
            columns.Add(column);
            parts.Add(column is null ? $"({expressions[parts.Count]})" : SqliteDatabase.Quote(column));
            collations.Add(rows.TextOrNull(2)?.ToUpperInvariant() ?? "BINARY");
        }

        return Unique(table, isPrimary, [.. columns], [.. parts], [.. collations], where, types);
    }

    private static UniqueKey Unique(TableSchema table, bool isPrimary, string?[] columns, string[] parts, string[] collations, string? where, Dictionary<string, string> types)
    {
        var names = columns.Select((c, i) => c is null ? parts[i] : Canonical(table, c)).ToArray();
        var condition = where is null ? "" : $" WHERE {where}";
        return new UniqueKey
        {
            Id = 0,
            Table = table,
            Name = $"{(isPrimary ? "PRIMARY KEY" : "UNIQUE")} {table.Canonical}({string.Join(", ", names)}){condition}",
            Reason = $"UNIQUE constraint failed: {string.Join(", ", names.Select(n => $"{table.Canonical}.{n}"))}",
            Parts = parts,
            Columns = columns,
            Collations = collations,
            Affinities = Array.ConvertAll(columns, c => c is not null && types.TryGetValue(c, out var affinity) ? affinity : "BLOB"),
            Where = where,
            IsPrimary = isPrimary,
        };
    }

    private static UniqueKey Numbered(UniqueKey unique, int number) => new()
    {
        Id = unique.Table.Collection << NumberBits | (uint)number,
        Table = unique.Table,
        Name = unique.Name,
        Reason = unique.Reason,
        Parts = unique.Parts,
        Columns = unique.Columns,
        Collations = unique.Collations,
        Affinities = unique.Affinities,
        Where = unique.Where,
        IsPrimary = unique.IsPrimary,
    };

    private static HashSet<string> Relevant(TableSchema table, UniqueKey[] uniques, Dictionary<string, string> types)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var unique in uniques.Where(u => !u.IsPrimary))
        {
            for (var i = 0; i < unique.Parts.Length; i++)
            {
                if (unique.Columns[i] is { } column && Array.Exists(table.Columns, c => string.Equals(c.Name, column, StringComparison.OrdinalIgnoreCase)))
                {
                    names.Add(column);
                }
                else
                {
                    // An expression, or a generated column: anything may be behind it.
                    names.UnionWith(types.Keys);
                }
            }

            names.UnionWith(DefinitionText.Names(unique.Where ?? ""));
        }

        return names;
    }

    private Reference[] References(TableConstraints child)
    {
        var found = new List<(long Id, string Parent, string From, string? To, string OnDelete)>();
        var rows = database["""SELECT id, "table", "from", "to", on_delete FROM pragma_foreign_key_list(?) ORDER BY id, seq"""].Bind(1, child.Table.Name);
        while (rows.Step())
        {
            found.Add((rows.Int64(0), rows.Text(1), rows.Text(2), rows.TextOrNull(3), rows.Text(4)));
        }

        if (found.Count == 0)
        {
            return [];
        }

        var drafts = found.GroupBy(f => f.Id).Select(g => Read(child, [.. g])).OfType<ReferenceDraft>().ToList();
        var hardOnly = HardColumns(child, drafts);
        return [.. drafts.OrderBy(d => d.Name, StringComparer.Ordinal).Select((d, i) => new Reference
        {
            Id = child.Table.Collection << NumberBits | (uint)i,
            Child = child.Table,
            Name = d.Name,
            Reason = $"FOREIGN KEY constraint failed: {string.Join(", ", d.Columns.Select(c => $"{child.Table.Canonical}.{c.Canonical}"))}",
            Columns = d.Columns,
            Target = d.Target,
            IsSoft = d.MayBeSoft && !d.Columns.Any(c => hardOnly.Contains(c.Name)),
            Converts = d.Columns.Where((c, at) => child.Affinities[Array.IndexOf(child.Table.Columns, c)] != d.Target.Affinities[at]).Any(),
        })];
    }

    private ReferenceDraft? Read(TableConstraints child, (long Id, string Parent, string From, string? To, string OnDelete)[] parts)
    {
        // A parent that is not here, or not shared, is nothing the thread could know; SQLite itself refuses writes to such a child.
        if (catalog.Find(parts[0].Parent) is not { } parent)
        {
            return null;
        }

        var target = Draft(parent);
        var to = parts[0].To is null ? [.. target.Primary.Columns] : parts.Select(p => p.To).ToArray();
        var unique = Array.Find(target.Uniques, u => u.Where is null && u.Columns.Length == to.Length && u.Columns.All(c => c is not null && to.Contains(c, StringComparer.OrdinalIgnoreCase)));
        if (unique is null || to.Length != parts.Length)
        {
            return null;
        }

        var columns = unique.Columns.Select(c =>
        {
            var from = parts[Array.FindIndex(to, t => string.Equals(t, c, StringComparison.OrdinalIgnoreCase))].From;
            return Array.Find(child.Table.Columns, column => string.Equals(column.Name, from, StringComparison.OrdinalIgnoreCase));
        }).ToArray();
        if (columns.Any(c => c is null))
        {
            return null;
        }

        var names = (string.Join(", ", columns.Select(c => c!.Canonical)), string.Join(", ", unique.Columns.Select(c => Canonical(parent, c!))));
        return new ReferenceDraft($"FOREIGN KEY {child.Table.Canonical}({names.Item1}) -> {parent.Canonical}({names.Item2})", columns!, unique, parts[0].OnDelete is "SET NULL" or "SET DEFAULT");
    }

    /// <summary>Columns that can't show NULL in place of a value: keys, NOT NULL, what unique indexes and checks read, what two references share.</summary>
    private HashSet<string> HardColumns(TableConstraints child, List<ReferenceDraft> drafts)
    {
        var hard = DefinitionText.NamesInChecks(child.Definition);
        hard.UnionWith(Relevant(child.Table, child.Uniques, child.Table.Columns.ToDictionary(c => c.Name, _ => "")));
        hard.UnionWith(child.Table.Keys.ToArray().Select(c => c.Name));
        hard.UnionWith(drafts.SelectMany(d => d.Columns.Distinct()).GroupBy(c => c.Name, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1).Select(g => g.Key));
        var rows = database["""SELECT name FROM pragma_table_xinfo(?) WHERE "notnull" = 1"""].Bind(1, child.Table.Name);
        while (rows.Step())
        {
            hard.Add(rows.Text(0));
        }

        return hard;
    }

    private static string Canonical(TableSchema table, string column)
        => Array.Find(table.Columns, c => string.Equals(c.Name, column, StringComparison.OrdinalIgnoreCase))?.Canonical ?? column;

    private static string Describe(UniqueKey unique) => $"{unique.Name} {string.Join(' ', unique.Collations)} {string.Join(' ', unique.Affinities)}";

    private static string Describe(Reference reference) => $"{reference.Name} {reference.IsSoft} {reference.Converts} {Describe(reference.Target)}";

    /// <summary>SQLite's rules for a declared type (https://www.sqlite.org/datatype3.html, 3.1).</summary>
    private static string Affinity(string type)
        => Has(type, "INT") ? "INTEGER"
            : Has(type, "CHAR") || Has(type, "CLOB") || Has(type, "TEXT") ? "TEXT"
            : type.Length == 0 || Has(type, "BLOB") ? "BLOB"
            : Has(type, "REAL") || Has(type, "FLOA") || Has(type, "DOUB") ? "REAL" : "NUMERIC";

    private static bool Has(string type, string word) => type.Contains(word, StringComparison.OrdinalIgnoreCase);

    private sealed record FoundIndex(string Name, bool IsPrimary, string? Sql);

    private sealed record ReferenceDraft(string Name, ColumnSchema[] Columns, UniqueKey Target, bool MayBeSoft);
}
