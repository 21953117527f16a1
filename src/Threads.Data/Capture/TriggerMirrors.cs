using System.Security.Cryptography;
using System.Text;
using Threads.Data.Sqlite;

namespace Threads.Data.Capture;

/// <summary>
/// While a fold writes, the user's triggers are off, since what they write to shared tables are events of their own. Those that write nothing but local tables — full
/// text search kept current by triggers — must fire all the same: TEMP triggers mirror them, which fire in folds only. The user's TEMP triggers can't be turned
/// off; those that write shared tables are away during a fold.
/// </summary>
internal sealed class TriggerMirrors(SqliteDatabase database, SchemaCatalog catalog)
{
    private readonly List<string> _away = [];
    private bool _ready;

    /// <summary>The schema may be another one, or a rollback took mirrors away.</summary>
    public void Forget() => _ready = false;

    /// <summary>Before a fold, in its write transaction.</summary>
    public void Ready()
    {
        if (!_ready)
        {
            Mirror();
            _ready = true;
        }

        SendAway();
    }

    /// <summary>After a fold.</summary>
    public void Done()
    {
        foreach (var sql in _away)
        {
            database.Execute(sql);
        }

        _away.Clear();
    }

    private void Mirror()
    {
        var wanted = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var trigger in catalog.Triggers().SelectMany(t => t).Where(IsMirrored))
        {
            wanted.TryAdd("_threads_m" + HashOf(trigger), Script(trigger));
        }

        foreach (var name in Names("SELECT name FROM sqlite_temp_master WHERE type = 'trigger' AND name GLOB '_threads_m*'"))
        {
            if (!wanted.Remove(name))
            {
                database.Execute($"DROP TRIGGER IF EXISTS temp.{name}");
            }
        }

        foreach (var (name, script) in wanted)
        {
            database.Execute($"CREATE TEMP TRIGGER IF NOT EXISTS {name} {script}");
        }
    }

    /// <summary>One that may refuse a row must not: which rows are there is for the records to say.</summary>
    private bool IsMirrored(TriggerText trigger)
        => trigger.Writes.Count > 0 && !trigger.MayRaise && !trigger.Event.StartsWith("INSTEAD", StringComparison.OrdinalIgnoreCase) && WritesOnlyLocal(trigger);

    private bool WritesOnlyLocal(TriggerText trigger) => trigger.Writes.All(t => catalog.IsTable(t) && !catalog.IsShared(t));

    private static string Script(TriggerText trigger)
        => $"{trigger.Event} ON main.{SqliteDatabase.Quote(trigger.Table)} WHEN NOT {SessionFunctions.Capturing}{(trigger.When is null ? "" : $" AND ({trigger.When}\n)")} {trigger.Body}";

    private static string HashOf(TriggerText trigger)
        => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(trigger.Table + "\n" + trigger.Sql)).AsSpan(0, 8));

    private void SendAway()
    {
        var rows = database["SELECT name, tbl_name, sql FROM sqlite_temp_master WHERE type = 'trigger' AND name NOT GLOB '_threads_*' ORDER BY rowid"];
        var found = new List<TriggerText>();
        while (rows.Step())
        {
            found.Add(TriggerText.Parse(rows.Text(0), rows.Text(1), rows.Text(2)));
        }

        foreach (var trigger in found.Where(t => !WritesOnlyTemporary(t)))
        {
            database.Execute($"DROP TRIGGER temp.{SqliteDatabase.Quote(trigger.Name)}");
            _away.Add(trigger.Sql.StartsWith("CREATE TEMP", StringComparison.OrdinalIgnoreCase) ? trigger.Sql : "CREATE TEMP " + trigger.Sql["CREATE ".Length..]);
        }
    }

    private bool WritesOnlyTemporary(TriggerText trigger)
    {
        var tables = Names("SELECT name FROM sqlite_temp_master WHERE type = 'table'").ToHashSet(StringComparer.OrdinalIgnoreCase);
        return trigger.Writes.All(t => tables.Contains(t) || catalog.IsTable(t) && !catalog.IsShared(t));
    }

    private List<string> Names(string sql)
    {
        var names = new List<string>();
        var rows = database[sql];
        while (rows.Step())
        {
            names.Add(rows.Text(0));
        }

        return names;
    }
}
