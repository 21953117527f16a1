using Threads.Data.Sqlite;

namespace Threads.Data.Pipeline;

/// <summary>Savepoints: what the record to come held at each, so that a rollback to it takes back events as SQLite takes back rows.</summary>
internal sealed partial class ThreadsSession
{
    private readonly List<SavepointMark> _savepoints = [];
    private bool _savepointBegan;

    public void Savepoint(string name)
    {
        NoticeRollback();
        EndStatementSavepoint();
        Observe();
        Core.Updates.Spill();
        Settled();
        if (!InTransaction)
        {
            _savepointBegan = true;
        }

        Database.Execute("SAVEPOINT " + SqliteDatabase.Quote(name));
        _savepoints.Add(new SavepointMark(name, Here, _sealed.Count));
        if (_savepointBegan && _savepoints.Count == 1)
        {
            Settled();
        }
    }

    public void Release(string name)
    {
        // RELEASE of the savepoint that began the transaction is its COMMIT.
        EndStatementSavepoint();
        var index = Find(name);
        var commits = _savepointBegan && index == 0;
        if (commits)
        {
            Seal();
        }

        _guard.IsSealed = commits && _isSealed;
        try
        {
            Database.Execute("RELEASE " + SqliteDatabase.Quote(name));
        }
        finally
        {
            _guard.IsSealed = false;
        }

        if (index >= 0)
        {
            _savepoints.RemoveRange(index, _savepoints.Count - index);
        }

        if (commits)
        {
            AfterCommit();
        }
    }

    public void RollbackTo(string name)
    {
        EndStatementSavepoint();
        Database.Execute("ROLLBACK TO " + SqliteDatabase.Quote(name));
        Core.Updates.Clear();
        var index = Find(name);
        if (index < 0)
        {
            return;
        }

        var mark = _savepoints[index];
        _savepoints.RemoveRange(index + 1, _savepoints.Count - index - 1);
        _sealed.RemoveRange(mark.Sealed, _sealed.Count - mark.Sealed);
        if (_locked)
        {
            // What was read and made since may be gone: schema, bindings, the head of our log, TEMP triggers.
            Core.LocalCommit.ReturnTo(mark.Record);
            Core.Stale();
            Core.ForgetSchema();
            ForgetReach();
            _locked = false;
        }
    }

    private int Find(string savepoint) => _savepoints.FindLastIndex(s => string.Equals(s.Name, savepoint, StringComparison.OrdinalIgnoreCase));

    private sealed record SavepointMark(string Name, Mark Record, int Sealed);
}
