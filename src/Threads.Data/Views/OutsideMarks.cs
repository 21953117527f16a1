using Threads.Data.Capture;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>
/// Triggers in the file itself that note which rows of shared tables were written on connections that are not ours: any SQLite tool runs them, our own sessions answer their WHEN with
/// no. What a REPLACE removes through another unique key, and tables with more than eight key columns, are left to a full comparison.
/// </summary>
internal sealed class OutsideMarks(SqliteDatabase database, SchemaCatalog catalog)
{
    private const int MaxKeys = 8;

    /// <summary>Whether what other tools do to a table is noted by row.</summary>
    public static bool Covers(TableSchema table) => table.KeyCount <= MaxKeys;

    public bool Any => database["SELECT 1 FROM _threads_outside LIMIT 1"].ScalarInt64() == 1;

    /// <summary>Makes the triggers of tables that have none yet.</summary>
    public void Follow()
    {
        var made = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var rows = database["""SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '\_threads\_oi%' ESCAPE '\'"""];
        while (rows.Step())
        {
            made.Add(rows.Text(0));
        }

        foreach (var table in catalog.All().Where(Covers))
        {
            if (!made.Contains(FormattableString.Invariant($"_threads_oi{table.Collection}")))
            {
                Make(table);
            }
        }
    }

    /// <summary>The tables with marks.</summary>
    public List<TableSchema> Tables() => [.. catalog.All().Where(t => database["SELECT 1 FROM _threads_outside WHERE c = ? LIMIT 1"].Bind(1, t.Collection).ScalarInt64() == 1)];

    /// <summary>A condition: the row under this alias is marked.</summary>
    public static string IsMarked(TableSchema table, string alias)
    {
        var keys = string.Join(", ", table.Keys.ToArray().Select(c => $"{alias}.{c.Quoted}"));
        return FormattableString.Invariant($"({keys}) IN (SELECT {Columns(table)} FROM _threads_outside WHERE c = {table.Collection})");
    }

    /// <summary>SELECT: the marked keys of a table, each once.</summary>
    public static string KeysSql(TableSchema table) => FormattableString.Invariant($"SELECT DISTINCT {Columns(table)} FROM _threads_outside WHERE c = {table.Collection}");

    public void Clear() => database.Execute("DELETE FROM _threads_outside");

    private static string Columns(TableSchema table) => string.Join(", ", Enumerable.Range(0, table.KeyCount).Select(i => FormattableString.Invariant($"k{i}")));

    private void Make(TableSchema table)
    {
        var into = $"INSERT INTO _threads_outside(c, {Columns(table)}) SELECT {table.Collection}, ";
        string Key(string row) => string.Join(", ", table.Keys.ToArray().Select(c => $"{row}.{c.Quoted}"));
        var moved = string.Join(" OR ", table.Keys.ToArray().Select(c => $"NEW.{c.Quoted} IS NOT OLD.{c.Quoted}"));
        Trigger(table, "i", "INSERT", $"{into}{Key("NEW")};");
        Trigger(table, "u", "UPDATE", $"{into}{Key("OLD")}; {into}{Key("NEW")} WHERE {moved};");
        Trigger(table, "d", "DELETE", $"{into}{Key("OLD")};");

        // A table that no event ever named has rows only if another tool made it.
        database.Execute(FormattableString.Invariant(
            $"{into}{Key("n")} FROM main.{table.Quoted} n WHERE NOT EXISTS(SELECT 1 FROM _threads_entity WHERE c = {table.Collection})"));
    }

    private void Trigger(TableSchema table, string letter, string when, string body)
        => database.Execute(FormattableString.Invariant(
            $"CREATE TRIGGER IF NOT EXISTS main._threads_o{letter}{table.Collection} AFTER {when} ON {table.Quoted} WHEN {SessionFunctions.Outside} BEGIN {body} END"));
}
