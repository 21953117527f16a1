using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Capture;

/// <summary>A collection, or a column of it, has another name from now on; <see cref="Collection"/> and <see cref="Column"/> are names in events.</summary>
/// <param name="Collection">Which collection.</param>
/// <param name="Column">Which column of it; empty: the collection itself.</param>
/// <param name="Name">The name its table, or the column, has now.</param>
/// <param name="IsFresh">Nothing else had that name where it was given, so that events under it mean this.</param>
internal sealed record Alias(string Collection, string Column, string Name, bool IsFresh);

/// <summary>
/// The other names of collections and columns (decision 13). A rename moves the binding in one file only and tells every peer the new name. Who makes a table under a
/// known alias binds it to the original; a collection or column that came to be under a fresh alias, on a peer that had not heard of the original, is found to be the original.
/// </summary>
internal sealed class Aliases(SqliteDatabase database)
{
    public static readonly EventShape Shape = new(EventKind.Alias, "", 0, ["collection", "column", "name", "fresh"]);

    private const string IsLastOfItsLog =
        "NOT EXISTS(SELECT 1 FROM _threads_alias l WHERE l.collection = a.collection AND l.col = a.col AND l.log = a.log AND l.t > a.t)";

    private readonly HashSet<long> _refill = [];

    /// <summary>The collections whose rows must be made anew, since something was found to be the same; each once.</summary>
    public IReadOnlyList<long> TakeRefill()
    {
        if (_refill.Count == 0)
        {
            return [];
        }

        long[] collections = [.. _refill];
        _refill.Clear();
        return collections;
    }

    public static void Write(CborWriter values, Alias alias)
    {
        values.WriteText(alias.Collection);
        values.WriteText(alias.Column);
        values.WriteText(alias.Name);
        values.WriteInt64(alias.IsFresh ? 1 : 0);
    }

    public static Alias Read(scoped ref CborReader values)
    {
        var alias = new Alias(values.ReadText(), values.ReadText(), values.ReadText(), values.ReadInt64() != 0);
        PayloadHeader.Expect(alias.Collection.Length > 0 && alias.Name.Length > 0, "the names of an alias");
        return alias;
    }

    /// <summary>Whether a peer who has this file's records learns nothing by it.</summary>
    public bool IsKnown(Alias alias) => database[
        $"SELECT 1 FROM _threads_alias a WHERE a.collection = ? AND a.col = ? AND a.name = ? COLLATE BINARY AND {IsLastOfItsLog}"]
        .Bind(1, alias.Collection).Bind(2, alias.Column).Bind(3, alias.Name).ScalarInt64() == 1;

    /// <summary>Keeps an alias of a record, and finds out what it makes the same. True when names of collections or columns here mean something else now.</summary>
    public bool Take(Alias alias, long time, long log)
    {
        database["INSERT INTO _threads_collection(name) VALUES(?) ON CONFLICT DO NOTHING"].Bind(1, alias.Collection).Run();
        database["INSERT INTO _threads_alias(collection, col, name, fresh, t, log) VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"]
            .Bind(1, alias.Collection).Bind(2, alias.Column).Bind(3, alias.Name).Bind(4, alias.IsFresh ? 1 : 0).Bind(5, time).Bind(6, log).Run();
        return database.Changes == 1 && alias.IsFresh && (alias.Column.Length == 0 ? AdoptCollection(alias.Name) : AdoptColumn(alias.Collection, alias.Name));
    }

    /// <summary>A collection is met, or was, under the name: if that is a fresh alias of another one, both are that one.</summary>
    public bool AdoptCollection(string name)
    {
        var found = database[
            "SELECT o.id, d.id FROM _threads_alias a JOIN _threads_collection n ON n.name = a.collection JOIN _threads_collection o ON o.id = coalesce(n.same, n.id) JOIN _threads_collection d ON d.name = a.name COLLATE BINARY " +
            "WHERE a.name = ?1 AND a.col = '' AND a.fresh = 1 AND d.id <> o.id AND d.same IS NULL AND d.kind = 0 AND o.kind = 0 AND (d.tbl IS NULL OR (o.tbl IS NULL AND d.tbl = d.name)) ORDER BY a.t LIMIT 1"].Bind(1, name);
        if (!found.Step())
        {
            return false;
        }

        var (original, other) = (found.Int64(0), found.Int64(1));
        found.Reset();
        if (database["SELECT 1 FROM _threads_collection WHERE id = ? AND tbl IS NULL"].Bind(1, original).ScalarInt64() == 1 && IsBound(other))
        {
            // The table keeps its number here, by which other connections know it, and takes the original's name.
            ExchangeNames("_threads_collection", "id = ?1", original, other);
            (original, other) = (other, original);
        }

        database["UPDATE _threads_collection SET same = ?1 WHERE id = ?2 OR same = ?2"].Bind(1, original).Bind(2, other).Run();
        database["UPDATE _threads_collection SET same = NULL, seen = 1 WHERE id = ?1"].Bind(1, original).Run();
        _refill.Add(original);
        NoteNewMeaning();
        return true;
    }

    /// <summary>The same of a column: <paramref name="collection"/> and <paramref name="name"/> as events say them.</summary>
    public bool AdoptColumn(string collection, string name)
    {
        var c = Root(collection);
        var found = database[
            $"SELECT x.id, y.id, x.col IS NULL AND y.col IS NOT NULL FROM {AliasesOf} JOIN _threads_column x ON x.c = ?1 AND x.name = a.col JOIN _threads_column y ON y.c = ?1 AND y.name = a.name COLLATE BINARY " +
            "WHERE a.name = ?2 AND a.col <> '' AND a.fresh = 1 AND y.id <> x.id AND y.same IS NULL AND x.same IS NULL AND (y.col IS NULL OR (x.col IS NULL AND y.col = y.name)) ORDER BY a.t LIMIT 1"].Bind(1, c).Bind(2, name);
        if (!found.Step())
        {
            return false;
        }

        var (original, other, exchange) = (found.Int64(0), found.Int64(1), found.Int64(2) == 1);
        found.Reset();
        if (exchange)
        {
            ExchangeNames("_threads_column", FormattableString.Invariant($"c = {c} AND id = ?1"), original, other);
            (original, other) = (other, original);
        }

        database["UPDATE _threads_column SET same = ?2 WHERE c = ?1 AND (id = ?3 OR same = ?3)"].Bind(1, c).Bind(2, original).Bind(3, other).Run();
        database["UPDATE _threads_column SET same = NULL, seen = 1 WHERE c = ?1 AND id = ?2"].Bind(1, c).Bind(2, original).Run();
        _refill.Add(c);
        NoteNewMeaning();
        return true;
    }

    /// <summary>Columns of a collection were bound or met in events: what is known by a fresh alias may be one of them.</summary>
    public bool AdoptColumns(long collection)
    {
        var names = new List<(string Collection, string Name)>();
        var rows = database[$"SELECT DISTINCT a.collection, a.name FROM {AliasesOf} WHERE a.col <> '' AND a.fresh = 1"].Bind(1, collection);
        while (rows.Step())
        {
            names.Add((rows.Text(0), rows.Text(1)));
        }

        var found = false;
        foreach (var (of, name) in names)
        {
            found |= AdoptColumn(of, name);
        }

        return found;
    }

    /// <summary>The collection that a table made under the name belongs to by its aliases, while it has no table here; or null.</summary>
    public long? FindUnboundCollection(string table)
    {
        var id = database[
            $"SELECT o.id FROM _threads_alias a JOIN _threads_collection n ON n.name = a.collection JOIN _threads_collection o ON o.id = coalesce(n.same, n.id) " +
            $"WHERE a.name = ?1 AND a.col = '' AND o.kind = 0 AND o.tbl IS NULL AND {IsLastOfItsLog} ORDER BY a.t DESC LIMIT 1"].Bind(1, table).ScalarInt64(-1);
        return id > 0 ? id : null;
    }

    /// <summary>The column that a new one of the name is by its aliases, by its name in events, while it has none here; or null.</summary>
    public string? FindUnboundColumn(long collection, string column)
    {
        var found = database[
            $"SELECT a.col FROM {AliasesOf} LEFT JOIN _threads_column x ON x.c = ?1 AND x.name = a.col " +
            $"WHERE a.name = ?2 AND a.col <> '' AND x.col IS NULL AND x.same IS NULL AND {IsLastOfItsLog} ORDER BY a.t DESC LIMIT 1"].Bind(1, collection).Bind(2, column);
        var name = found.Step() ? found.Text(0) : null;
        found.Reset();
        return name;
    }

    /// <summary>The aliases of one collection, ?1, whatever it is called in them.</summary>
    private const string AliasesOf =
        "_threads_collection n JOIN _threads_alias a ON a.collection = n.name AND (n.id = ?1 OR n.same = ?1)";

    private long Root(string collection)
        => database["SELECT coalesce(same, id) FROM _threads_collection WHERE name = ?"].Bind(1, collection).ScalarInt64(-1);

    private bool IsBound(long collection) => database["SELECT 1 FROM _threads_collection WHERE id = ? AND tbl IS NOT NULL"].Bind(1, collection).ScalarInt64() == 1;

    private void ExchangeNames(string table, string row, long x, long y)
    {
        var (nameOfX, nameOfY) = (Name(x), Name(y));
        SetName(x, "");
        SetName(y, nameOfX);
        SetName(x, nameOfY);

        string Name(long id)
        {
            var found = database[$"SELECT name FROM {table} WHERE {row}"].Bind(1, id);
            found.Step();
            var name = found.Text(0);
            found.Reset();
            return name;
        }

        void SetName(long id, string name) => database[$"UPDATE {table} SET name = ?2 WHERE {row}"].Bind(1, id).Bind(2, name).Run();
    }

    /// <summary>Other connections know names by heart until the number they find here is another one.</summary>
    private void NoteNewMeaning()
        => database["INSERT INTO _threads_meta(name, value) VALUES('bindings', 1) ON CONFLICT(name) DO UPDATE SET value = value + 1"].Run();
}
