using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using Threads.Data.Sqlite;

namespace Threads.Data.Capture;

/// <summary>
/// The TEMP triggers that note, for each row a statement touches, its key and its image before (decision 2). They append only: the first note of a key counts, so no
/// conflict clause is needed, which an outer INSERT OR … would override. The new image is read from the table at commit. They note before a change: an AFTER trigger
/// runs behind what foreign keys do, which may be one more change of the same row.
/// Their names carry collection and shape of the table, so that those which are not right any more — another connection changed the schema, a rollback brought
/// old ones back — are known by name.
/// </summary>
internal sealed class CaptureTriggers(SqliteDatabase database)
{
    /// <summary>Our TEMP objects as they are, by name; null: look.</summary>
    private HashSet<string>? _present;

    private HashSet<string> Present => _present ??= Read();

    /// <summary>A rollback took away or brought back TEMP objects: look again before the next write.</summary>
    public void Forget() => _present = null;

    /// <summary>Whether the table may have notes.</summary>
    public bool IsInstalled(TableSchema table) => Present.Contains(table.CaptureTable);

    public void Install(TableSchema table, bool mayReplace)
    {
        var replaces = mayReplace || table.ReplacesByDefault;
        if (Present.Contains(table.CaptureName('i')) && Present.Contains(table.CaptureTable) && (!replaces || Present.Contains(table.CaptureName('r'))))
        {
            return;
        }

        Remove(name => IsOf(table, name) && !name.EndsWith(table.Shape, StringComparison.Ordinal));
        database.Execute(Script(table));
        Add(table, "ciud");
        if (replaces)
        {
            database.Execute(ReplaceScript(table));
            Add(table, "rs");
        }
    }

    /// <summary>Takes a table's away: what happens to it now is no event.</summary>
    public void Remove(TableSchema table) => Remove(name => IsOf(table, name));

    /// <summary>Takes those away that don't fit their table any more.</summary>
    public void RemoveStale(SchemaCatalog catalog) => Remove(name =>
    {
        var parts = name.AsSpan(TableSchema.CapturePrefix.Length + 1);
        var end = parts.IndexOf('_');
        return end < 0 || !long.TryParse(parts[..end], CultureInfo.InvariantCulture, out var collection)
            || catalog.FindCollection(collection) is not { } table || !name.EndsWith(table.Shape, StringComparison.Ordinal);
    });

    /// <summary>Takes all of them away, before a schema statement that they would make fail or that would change what they name.</summary>
    public void RemoveAll() => Remove(static _ => true);

    private static bool IsOf(TableSchema table, string name)
        => name.AsSpan(TableSchema.CapturePrefix.Length + 1).StartsWith(string.Create(CultureInfo.InvariantCulture, $"{table.Collection}_"), StringComparison.Ordinal);

    private void Add(TableSchema table, string letters)
    {
        foreach (var letter in letters)
        {
            Present.Add(table.CaptureName(letter));
        }
    }

    private void Remove(Func<string, bool> which)
    {
        var names = Present.Where(which).ToList();
        if (names.Count == 0)
        {
            return;
        }

        // Triggers first: a table's would be looked up when it goes.
        foreach (var name in names.OrderBy(IsNotes))
        {
            if (IsNotes(name))
            {
                DropNotes(name);
            }
            else
            {
                database.Execute($"DROP TRIGGER IF EXISTS temp.{name}");
            }
        }

        _present = null;
        var stuck = Present.Where(which).Where(name => !IsNotes(name)).ToList();
        if (stuck.Count > 0)
        {
            // Triggers whose table another connection dropped: SQLite keeps their rows, can't drop them, and every ALTER TABLE fails on them.
            foreach (var name in stuck)
            {
                database.Execute($"PRAGMA writable_schema = 1; DELETE FROM temp.sqlite_master WHERE type = 'trigger' AND name = '{name}'; PRAGMA writable_schema = 0");
            }

            _present = null;
        }
    }

    private static bool IsNotes(string name) => name[TableSchema.CapturePrefix.Length] == TableSchema.NotesLetter;

    /// <summary>SQLite drops no table while any statement of the connection is on a row, a user's reader too; without its triggers an empty one does no harm until the next time.</summary>
    private void DropNotes(string name)
    {
        database.Forget(name);
        try
        {
            database.Execute($"DROP TABLE IF EXISTS temp.{name}");
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_LOCKED)
        {
            database.Execute($"DELETE FROM temp.{name}");
        }
    }

    private HashSet<string> Read()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var rows = database["""SELECT name FROM sqlite_temp_master WHERE name GLOB '_threads_[cgiudrs][0-9]*'"""];
        while (rows.Step())
        {
            names.Add(rows.Text(0));
        }

        return names;
    }

    private static string Script(TableSchema table)
    {
        var script = new StringBuilder();
        var keys = string.Join(", ", Names("k", table.KeyCount));
        var old = string.Join(", ", Names("v", table.Others.Length));
        var all = table.Others.Length == 0 ? keys : $"{keys}, {old}";
        var oldRow = string.Join(", ", table.Columns.Select(c => "OLD." + c.Quoted));
        var newKey = string.Join(", ", table.Keys.ToArray().Select(c => "NEW." + c.Quoted));
        var moved = string.Join(" OR ", table.Keys.ToArray().Select(c => $"NEW.{c.Quoted} IS NOT OLD.{c.Quoted} COLLATE BINARY"));
        var isNew = table.KeyEquals("x.", i => "NEW." + table.Columns[i].Quoted);
        var note = $"INSERT INTO {table.CaptureTable}";
        script.Append($"CREATE TEMP TABLE IF NOT EXISTS {table.CaptureTable}(s INTEGER PRIMARY KEY, o, {all});\n");
        Trigger(script, table, 'i', "AFTER INSERT", $"{note}(o, {keys}) VALUES(0, {newKey});");
        Trigger(script, table, 'u', "BEFORE UPDATE", when: table.ShowsUpdates ? SessionFunctions.CapturingUpdate(table) : SessionFunctions.Capturing, body: $"{note}(o, {all}) VALUES(1, {oldRow}); {note}(o, {keys}) SELECT 0, {newKey} WHERE ({moved}) AND NOT EXISTS(SELECT 1 FROM main.{table.Quoted} x WHERE {isNew});");
        Trigger(script, table, 'd', "BEFORE DELETE", $"{note}(o, {all}) VALUES(1, {oldRow});");
        return script.ToString();
    }

    /// <summary>
    /// What REPLACE removes fires no delete trigger unless recursive_triggers is on, which is the user's to set: BEFORE triggers select every row that shares a
    /// unique key with the new one. Rows that stay after all are touched without change and make no event.
    /// </summary>
    private static string ReplaceScript(TableSchema table)
    {
        var script = new StringBuilder();
        var into = $"INSERT INTO {table.CaptureTable}(o, {string.Join(", ", Names("k", table.KeyCount).Concat(Names("v", table.Others.Length)))})";
        var row = string.Join(", ", table.Columns.Select(c => "x." + c.Quoted));
        var rivals = string.Join(" OR ", table.UniqueKeys.Select(key =>
            key is null ? "1" : $"({string.Join(" AND ", key.Select(c => $"x.{SqliteDatabase.Quote(c.Column)} = NEW.{SqliteDatabase.Quote(c.Column)} COLLATE {SqliteDatabase.Quote(c.Collation)}"))})"));
        Trigger(script, table, 'r', "BEFORE INSERT", $"{into} SELECT 1, {row} FROM main.{table.Quoted} x WHERE {rivals};");
        Trigger(script, table, 's', "BEFORE UPDATE", $"{into} SELECT 1, {row} FROM main.{table.Quoted} x WHERE {rivals};");
        return script.ToString();
    }

    private static void Trigger(StringBuilder script, TableSchema table, char letter, string moment, string body, string when = SessionFunctions.Capturing)
        => script.Append($"CREATE TEMP TRIGGER IF NOT EXISTS {table.CaptureName(letter)} {moment} ON main.{table.Quoted} WHEN {when} BEGIN {body} END;\n");

    private static IEnumerable<string> Names(string letter, int count) => Enumerable.Range(0, count).Select(i => FormattableString.Invariant($"{letter}{i}"));
}
