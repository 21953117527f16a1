using System.Text;
using Threads.Data.Sqlite;

namespace Threads.Data.Capture;

/// <summary>
/// The TEMP triggers that note, for each row a statement touches, its key and its image before (decision 2). They append only: the first note of a key counts, so no
/// conflict clause is needed, which an outer INSERT OR … would override. The new image is read from the table at commit.
/// </summary>
internal sealed class CaptureTriggers(SqliteDatabase database)
{
    private readonly HashSet<long> _installed = [];
    private readonly HashSet<long> _replacing = [];
    private readonly HashSet<long> _everInstalled = [];

    /// <summary>TEMP objects made in a transaction go with its rollback: look again before the next write.</summary>
    public void Forget()
    {
        _installed.Clear();
        _replacing.Clear();
    }

    /// <summary>Whether every trigger the statement needs is there.</summary>
    public bool Has(TableSchema table, bool mayReplace)
        => _installed.Contains(table.Collection) && (!mayReplace && !table.ReplacesByDefault || _replacing.Contains(table.Collection));

    public void Install(TableSchema table, bool mayReplace)
    {
        if (_installed.Add(table.Collection))
        {
            _everInstalled.Add(table.Collection);
            database.Execute(Script(table));
        }

        if ((mayReplace || table.ReplacesByDefault) && _replacing.Add(table.Collection))
        {
            database.Execute(ReplaceScript(table));
        }
    }

    /// <summary>Takes all of them away: another connection changed the schema.</summary>
    public void RemoveAll()
    {
        foreach (var collection in _everInstalled)
        {
            Remove(collection);
        }

        _everInstalled.Clear();
    }

    /// <summary>Takes a table's away, before a schema statement that they would make fail or that would change what they name.</summary>
    public void Remove(long collection)
    {
        var notes = FormattableString.Invariant($"_threads_c{collection}");
        database.Forget(notes);
        foreach (var letter in "iudrs")
        {
            database.Execute(FormattableString.Invariant($"DROP TRIGGER IF EXISTS temp._threads_{letter}{collection}"));
        }

        database.Execute($"DROP TABLE IF EXISTS temp.{notes}");
        _installed.Remove(collection);
        _replacing.Remove(collection);
    }

    private static string Script(TableSchema table)
    {
        var script = new StringBuilder();
        var keys = string.Join(", ", Names("k", table.KeyCount));
        var old = string.Join(", ", Names("v", table.Others.Length));
        var all = table.Others.Length == 0 ? keys : $"{keys}, {old}";
        var oldRow = string.Join(", ", table.Columns.Select(c => "OLD." + c.Quoted));
        var oldKey = string.Join(", ", table.Keys.ToArray().Select(c => "OLD." + c.Quoted));
        var newKey = string.Join(", ", table.Keys.ToArray().Select(c => "NEW." + c.Quoted));
        var moved = string.Join(" OR ", table.Keys.ToArray().Select(c => $"NEW.{c.Quoted} IS NOT OLD.{c.Quoted} COLLATE BINARY"));
        var note = $"INSERT INTO {table.CaptureTable}";
        script.Append($"CREATE TEMP TABLE IF NOT EXISTS {table.CaptureTable}(s INTEGER PRIMARY KEY, o, {all});\n");
        Trigger(script, table, "i", "AFTER INSERT", $"{note}(o, {keys}) VALUES(0, {newKey});");
        Trigger(script, table, "u", "AFTER UPDATE", $"{note}(o, {all}) VALUES(1, {oldRow}); {note}(o, {keys}) SELECT 0, {newKey} WHERE {moved};");
        Trigger(script, table, "d", "AFTER DELETE", $"{note}(o, {all}) VALUES(1, {oldRow});");
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
        var sameKey = string.Join(" AND ", table.Keys.ToArray().Select(c => $"x.{c.Quoted} = NEW.{c.Quoted}"));
        var rivals = table.UniqueKeys.Any(u => u is null)
            ? "1"
            : string.Join(" OR ", table.UniqueKeys.Select(u => string.Join(" AND ", u!.Select(c => $"x.{SqliteDatabase.Quote(c)} = NEW.{SqliteDatabase.Quote(c)}")))
                .Prepend(sameKey).Select(r => $"({r})"));
        Trigger(script, table, "r", "BEFORE INSERT", $"{into} SELECT 1, {row} FROM {table.Quoted} x WHERE {rivals};");
        Trigger(script, table, "s", "BEFORE UPDATE", $"{into} SELECT 1, {row} FROM {table.Quoted} x WHERE {rivals};");
        return script.ToString();
    }

    private static void Trigger(StringBuilder script, TableSchema table, string letter, string when, string body)
        => script.Append($"CREATE TEMP TRIGGER IF NOT EXISTS _threads_{letter}{table.Collection} {when} ON main.{table.Quoted} WHEN {SessionFunctions.Capturing} BEGIN {body} END;\n");

    private static IEnumerable<string> Names(string letter, int count) => Enumerable.Range(0, count).Select(i => FormattableString.Invariant($"{letter}{i}"));
}
