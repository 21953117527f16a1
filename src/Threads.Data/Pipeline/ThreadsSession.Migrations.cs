using Threads.Data.Capture;
using Threads.Data.Sqlite;

namespace Threads.Data.Pipeline;

/// <summary>
/// A migration of the schema: what it makes again has its rows again, tables are filled from the log when it is over, and what it writes as seed data is what every peer
/// writes for itself.
/// </summary>
internal sealed partial class ThreadsSession
{
    private int _migrations;
    private Seeding? _seeding;

    public bool IsMigrating => _migrations > 0;

    public void BeginMigration()
    {
        _migrations++;
        Core.Binder.Rebinds = true;
    }

    public void EndMigration()
    {
        _migrations = Math.Max(0, _migrations - 1);
        Core.Binder.Rebinds = IsMigrating;
    }

    /// <summary>What was written up to now is what it was said to be; from now on it is seed data, or (null) is not.</summary>
    public void Seed(Seeding? seeding)
    {
        if (InTransaction)
        {
            Observe();
            EndStatementSavepoint();
            Collect();
            Settled();
        }

        _seeding = seeding;
        Core.LocalCommit.Seeding = seeding;
    }

    /// <summary>Fills the tables that migrations left to be filled; in a write transaction. Returns how many.</summary>
    public int FillWaiting()
    {
        var waiting = Core.Waiting();
        if (waiting.Count > 0)
        {
            SealSoFar();
            Core.Refill(waiting);
            Core.NoneWaits();
        }

        return waiting.Count;
    }

    /// <summary>A row of seed data that is there already, perhaps changed, stays; null where the statement is none.</summary>
    private SqlStatement? KeepPresent(SqlStatement statement)
    {
        if (_seeding is not { OnlyNewRows: false } || statement.Verb != "INSERT" || statement.Target is not { } target || Core.Catalog.Find(target) is not { } table)
        {
            return null;
        }

        var key = string.Join(", ", table.Keys.ToArray().Select(c => c.Quoted));
        return statement with { Text = $"{statement.Text.AsSpan().TrimEnd(" ;\r\n\t")} ON CONFLICT({key}) DO NOTHING" };
    }
}
