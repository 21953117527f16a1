using Threads.Data.Merging;
using Threads.Data.Sqlite;

namespace Threads.Data.Capture;

/// <summary>
/// Which tables are shared, and how they are bound to collections. What it holds is valid while the schema version stands; <see cref="Forget"/> drops it.
/// </summary>
internal sealed class SchemaCatalog(SqliteDatabase database)
{
    /// <summary>A collection's state in <c>_threads_collection.kind</c>.</summary>
    public const int Shared = 0;
    public const int Local = 1;
    public const int Dropped = 2;

    /// <summary>Ordinary tables that events may describe; the rest is local by nature: SQLite's, ours, EF Core's history, tables of a rebuild, virtual tables and their shadows.</summary>
    public const string Candidates =
        """
        SELECT m.name FROM sqlite_master m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND m.name NOT LIKE '\_threads\_%' ESCAPE '\'
            AND m.name NOT LIKE '\_\_EF%' ESCAPE '\' AND m.name NOT LIKE 'ef\_temp\_%' ESCAPE '\' AND m.sql NOT LIKE 'CREATE VIRTUAL%'
            AND NOT EXISTS(SELECT 1 FROM sqlite_master v WHERE v.type = 'table' AND v.sql LIKE 'CREATE VIRTUAL%' AND substr(m.name, 1, length(v.name)) = v.name COLLATE NOCASE
                AND lower(substr(m.name, length(v.name) + 1)) IN ('_data', '_idx', '_content', '_docsize', '_config', '_segments', '_segdir', '_stat', '_node', '_rowid', '_parent', '_vocab'))
        """;

    private readonly Dictionary<string, TableSchema?> _tables = new(StringComparer.OrdinalIgnoreCase);
    private Dictionary<string, List<string>>? _referrers;
    private readonly Dictionary<long, TableSchema?> _collections = [];
    private ILookup<string, TriggerText>? _triggers;
    private HashSet<string>? _candidates;
    private HashSet<string>? _names;

    /// <summary>How columns merge.</summary>
    public MergeStore Merges { get; } = new(database);

    public void Forget()
    {
        _tables.Clear();
        _referrers = null;
        _collections.Clear();
        _triggers = null;
        _names = null;
        _candidates = null;
    }

    /// <summary>The shared table of this name, or null: absent, a view, or local.</summary>
    public TableSchema? Find(string table)
    {
        if (!_tables.TryGetValue(table, out var schema))
        {
            _tables.Add(table, schema = Load(table));
        }

        return schema;
    }

    /// <summary>The table bound to a collection, or null while there is none.</summary>
    public TableSchema? FindCanonical(string collection)
    {
        var row = database["SELECT r.tbl FROM _threads_collection c JOIN _threads_collection r ON r.id = coalesce(c.same, c.id) WHERE c.name = ? AND r.kind = 0 AND r.tbl IS NOT NULL"].Bind(1, collection);
        if (!row.Step())
        {
            return null;
        }

        var table = row.Text(0);
        row.Reset();
        return Find(table);
    }

    public IEnumerable<TableSchema> All() => CandidateNames().Select(Find).OfType<TableSchema>();

    public bool IsCandidate(string table) => CandidateNames().Contains(table);

    /// <summary>The shared table bound to a collection by number, or null.</summary>
    public TableSchema? FindCollection(long id)
    {
        if (!_collections.TryGetValue(id, out var found))
        {
            var row = database["SELECT tbl FROM _threads_collection WHERE id = ? AND kind = 0 AND tbl IS NOT NULL"].Bind(1, id);
            var table = row.Step() ? row.Text(0) : null;
            row.Reset();
            _collections.Add(id, found = table is null ? null : Find(table));
        }

        return found;
    }

    /// <summary>The tables SQLite may change when a statement writes <paramref name="target"/> (null: the text doesn't tell): itself, those whose foreign keys point to it, and what triggers on them write.</summary>
    public Reach Reach(string? target, bool mayReplace, bool hasTemporaryTriggers)
    {
        if (target is null || hasTemporaryTriggers || !IsTable(target))
        {
            return Everything();
        }

        var reached = new Dictionary<string, TableSchema?>(StringComparer.OrdinalIgnoreCase);
        var open = new Stack<string>([target]);
        while (open.TryPop(out var name))
        {
            if (!reached.TryAdd(name, null))
            {
                continue;
            }

            reached[name] = Find(name);
            foreach (var referrer in ReferrersOf(name))
            {
                open.Push(referrer);
            }

            foreach (var trigger in Triggers()[name])
            {
                mayReplace |= trigger.MayReplace;
                foreach (var written in trigger.Writes)
                {
                    if (!IsTable(written))
                    {
                        return Everything();
                    }

                    open.Push(written);
                }
            }
        }

        return new Reach([.. reached.Values.OfType<TableSchema>()], mayReplace);
    }

    /// <summary>The tables whose foreign keys name a table.</summary>
    public IReadOnlyList<string> ReferrersOf(string table) => Referrers().TryGetValue(table, out var children) ? children : [];

    /// <summary>Some table of the file declares a foreign key.</summary>
    public bool HasForeignKeys => Referrers().Count > 0;

    /// <summary>The user's triggers in the file, by their table.</summary>
    public ILookup<string, TriggerText> Triggers()
    {
        if (_triggers is null)
        {
            var found = new List<TriggerText>();
            var rows = database["""SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND name NOT LIKE '\_threads\_%' ESCAPE '\' ORDER BY rowid"""];
            while (rows.Step())
            {
                found.Add(TriggerText.Parse(rows.Text(0), rows.Text(1), rows.Text(2)));
            }

            _triggers = found.ToLookup(t => t.Table, StringComparer.OrdinalIgnoreCase);
        }

        return _triggers;
    }

    /// <summary>Whether a table's rows are events: it is bound, or will be by its nature.</summary>
    public bool IsShared(string table) => IsCandidate(table) && database["SELECT 1 FROM _threads_collection WHERE tbl = ? AND kind = 1"].Bind(1, table).ScalarInt64() == 0;

    /// <summary>Whether the file has a table, view or other object of the name.</summary>
    public bool IsObject(string name) => database["SELECT 1 FROM sqlite_master WHERE name = ? COLLATE NOCASE"].Bind(1, name).ScalarInt64() == 1;

    private Reach Everything() => new([.. All()], MayReplace: true);

    public bool IsTable(string name)
    {
        _names ??= Names("SELECT name FROM sqlite_master WHERE type = 'table' UNION ALL SELECT 'sqlite_master' UNION ALL SELECT 'sqlite_schema'");
        return _names.Contains(name);
    }

    /// <summary>The names behind <see cref="Candidates"/>.</summary>
    public HashSet<string> CandidateNames() => _candidates ??= Names(Candidates);

    private HashSet<string> Names(string sql)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var rows = database[sql];
        while (rows.Step())
        {
            names.Add(rows.Text(0));
        }

        return names;
    }

    private Dictionary<string, List<string>> Referrers()
    {
        if (_referrers is null)
        {
            var referrers = new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
            var rows = database["""SELECT DISTINCT f."table", m.name FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'"""];
            while (rows.Step())
            {
                if (!referrers.TryGetValue(rows.Text(0), out var children))
                {
                    referrers.Add(rows.Text(0), children = []);
                }

                children.Add(rows.Text(1));
            }

            _referrers = referrers;
        }

        return _referrers;
    }

    private TableSchema? Load(string table)
    {
        if (!CandidateNames().TryGetValue(table, out var name))
        {
            return null;
        }

        var binding = database["SELECT id, name, since FROM _threads_collection WHERE tbl = ? AND kind = 0"].Bind(1, name);
        if (!binding.Step())
        {
            return null;
        }

        var (collection, canonical, since) = (binding.Int64(0), binding.Text(1), binding.Int64(2));
        binding.Reset();
        var bound = new Dictionary<string, BoundName>(StringComparer.OrdinalIgnoreCase);
        var names = database["SELECT id, name, col FROM _threads_column WHERE c = ? AND col IS NOT NULL"].Bind(1, collection);
        while (names.Step())
        {
            bound[names.Text(2)] = new((int)names.Int64(0), names.Text(1));
        }

        var aliases = new List<BoundName>();
        var others = database["SELECT name, same FROM _threads_column WHERE c = ? AND same IS NOT NULL"].Bind(1, collection);
        while (others.Step())
        {
            aliases.Add(new((int)others.Int64(1), others.Text(0)));
        }

        var merges = Merges.Of(collection);
        var indexes = ReadIndexes(name);
        var primary = indexes.Find(i => i.Origin == "pk");
        var columns = new List<ColumnSchema>();
        var keyIsInteger = false;
        var rows = database["SELECT name, pk, type, dflt_value FROM pragma_table_xinfo(?) WHERE hidden = 0"].Bind(1, name);
        while (rows.Step())
        {
            var column = rows.Text(0);
            if (!bound.TryGetValue(column, out var known))
            {
                rows.Reset();
                return null;
            }

            keyIsInteger |= rows.Int64(1) > 0 && rows.Text(2).Equals("INTEGER", StringComparison.OrdinalIgnoreCase);
            var collation = primary?.CollationOf(column);
            columns.Add(new ColumnSchema(column, known.Canonical, known.Id, (int)rows.Int64(1), collation == "BINARY" ? null : collation)
            {
                Affinity = ColumnAffinities.OfType(rows.TextOrNull(2)),
                Default = rows.TextOrNull(3),
                Merge = merges.TryGetValue(known.Id, out var merge) ? merge : new ColumnMerge(),
            });
        }

        // A file from before us may hold a table without a key; its rows can't be named in events and stay here.
        var keys = columns.Where(c => c.IsKey).OrderBy(c => c.KeyOrdinal).ToArray();
        if (keys.Length == 0)
        {
            return null;
        }

        var text = database["SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?"].Bind(1, name);
        var sql = text.Step() ? text.Text(0) : "";
        text.Reset();
        return new TableSchema
        {
            Name = name,
            Canonical = canonical,
            Collection = collection,
            Columns = [.. keys, .. columns.Where(c => !c.IsKey)],
            Aliases = aliases.Where(a => columns.Exists(c => c.Id == a.Id)).ToDictionary(a => a.Canonical, a => columns.Find(c => c.Id == a.Id)!),
            KeyCount = keys.Length,
            HasRowIdKey = keys.Length == 1 && keyIsInteger && !sql.Contains("WITHOUT ROWID", StringComparison.OrdinalIgnoreCase),
            IsAutoincrement = sql.Contains("AUTOINCREMENT", StringComparison.OrdinalIgnoreCase),
            HasTriggers = Triggers()[name].Any(),
            UniqueKeys = UniqueKeys(name, indexes, columns, keys),
            HasConflictClause = sql.Contains("CONFLICT", StringComparison.OrdinalIgnoreCase),
            ReplacesByDefault = sql.Contains("REPLACE", StringComparison.OrdinalIgnoreCase),
            Since = since,
        };
    }

    private List<(string Column, string Collation)[]?> UniqueKeys(string table, List<UniqueIndex> indexes, List<ColumnSchema> columns, ColumnSchema[] keys)
    {
        var unique = indexes.Select(i => i.Columns).ToList();
        // The index of a table WITHOUT ROWID is the table: it has no row in sqlite_master.
        var withoutRowid = indexes.Find(i => i.Origin == "pk") is { } primary
            && database["SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ?"].Bind(1, primary.Name).ScalarInt64() == 0;
        if (!withoutRowid)
        {
            var rowid = Array.Find(RowidNames, n => !columns.Exists(c => string.Equals(c.Name, n, StringComparison.OrdinalIgnoreCase)));
            if (rowid is not null || keys.Length == 1)
            {
                unique.Add([(rowid ?? keys[0].Name, "BINARY")]);
            }
        }

        return unique;
    }

    private List<UniqueIndex> ReadIndexes(string table)
    {
        var found = new List<(string Name, string Origin)>();
        var list = database["""SELECT name, origin FROM pragma_index_list(?) WHERE "unique" = 1"""].Bind(1, table);
        while (list.Step())
        {
            found.Add((list.Text(0), list.Text(1)));
        }

        var indexes = new List<UniqueIndex>();
        foreach (var (name, origin) in found)
        {
            var columns = new List<(string, string)>();
            var hasExpression = false;
            var parts = database["""SELECT name, coll FROM pragma_index_xinfo(?) WHERE "key" = 1"""].Bind(1, name);
            while (parts.Step())
            {
                if (parts.TextOrNull(0) is { } column)
                {
                    columns.Add((column, parts.Text(1).ToUpperInvariant()));
                }
                else
                {
                    hasExpression = true;
                }
            }

            indexes.Add(new UniqueIndex(name, origin, hasExpression ? null : [.. columns]));
        }

        return indexes;
    }

    private static readonly string[] RowidNames = ["rowid", "_rowid_", "oid"];

    /// <summary>A column's number and its name in events.</summary>
    private sealed record BoundName(int Id, string Canonical);

    private sealed record UniqueIndex(string Name, string Origin, (string Column, string Collation)[]? Columns)
    {
        public string? CollationOf(string column)
        {
            foreach (var part in Columns ?? [])
            {
                if (string.Equals(part.Column, column, StringComparison.OrdinalIgnoreCase))
                {
                    return part.Collation;
                }
            }

            return null;
        }
    }
}

/// <summary>The shared tables a statement may change, and whether it, or a trigger on its way, may REPLACE.</summary>
internal sealed record Reach(IReadOnlyList<TableSchema> Tables, bool MayReplace);
