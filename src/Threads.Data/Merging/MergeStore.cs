using Threads.Data.Sqlite;

namespace Threads.Data.Merging;

/// <summary>How columns merge, as the file keeps it: by collection and column number, so that renames and rebuilds of tables don't lose it.</summary>
internal sealed class MergeStore(SqliteDatabase database)
{
    private readonly List<(ColumnMerge Merge, string? Before)> _noted = [];
    private string? _signature;

    public MergeAuthor Author { get; } = new();

    /// <summary>The columns of a collection of which there is something to say.</summary>
    public Dictionary<int, ColumnMerge> Of(long collection)
    {
        var found = new Dictionary<int, ColumnMerge>();
        var rows = database["SELECT id, kind, ops FROM _threads_merge WHERE c = ?"].Bind(1, collection);
        while (rows.Step())
        {
            found.Add((int)rows.Int64(0), new ColumnMerge
            {
                Kind = rows.TextOrNull(1) is { } kind ? MergeKinds.Declared(kind) : null,
                Operations = rows.TextOrNull(2),
            });
        }

        return found;
    }

    /// <summary>Declares how a column merges; null: the last writer wins again, which does not touch operations that were made.</summary>
    public void Declare(long collection, int column, string? kind)
        => database["INSERT INTO _threads_merge(c, id, kind) VALUES(?1, ?2, ?3) ON CONFLICT(c, id) DO UPDATE SET kind = ?3"]
            .Bind(1, collection).Bind(2, column).Bind(3, kind).Run();

    /// <summary>Notes that events of the column hold an operation, once.</summary>
    public void Note(long collection, int column, ColumnMerge merge, string operation)
    {
        var operations = merge.With(operation);
        if (operations == merge.Operations)
        {
            return;
        }

        _noted.Add((merge, merge.Operations));
        merge.Operations = operations;
        database["INSERT INTO _threads_merge(c, id, ops) VALUES(?1, ?2, ?3) ON CONFLICT(c, id) DO UPDATE SET ops = ?3"]
            .Bind(1, collection).Bind(2, column).Bind(3, operations).Run();
    }

    /// <summary>Notes the function that an operation called and that nobody registered, so that the column is made anew once somebody does.</summary>
    public void NoteMissing(long collection, int column, MergeCell cell)
    {
        if (cell.Missing is { } name)
        {
            cell.Missing = null;
            database["UPDATE _threads_merge SET missing = ?3 WHERE c = ?1 AND id = ?2 AND missing IS NOT ?3"].Bind(1, collection).Bind(2, column).Bind(3, name).Run();
        }
    }

    /// <summary>The collections of which a missing function is registered now; asked once.</summary>
    public List<long> TakeFound()
    {
        var found = new List<long>();
        var rows = database["SELECT c, missing FROM _threads_merge WHERE missing IS NOT NULL"];
        while (rows.Step())
        {
            if (CellReducers.Find(rows.Text(1)) is not null)
            {
                found.Add(rows.Int64(0));
            }
        }

        foreach (var collection in found)
        {
            database["UPDATE _threads_merge SET missing = NULL WHERE c = ?"].Bind(1, collection).Run();
        }

        return found;
    }

    /// <summary>What was noted is in the file.</summary>
    public void Committed() => _noted.Clear();

    /// <summary>What was noted may not be in the file any more. Returns whether there was something.</summary>
    public bool RolledBack()
    {
        for (var i = _noted.Count - 1; i >= 0; i--)
        {
            _noted[i].Merge.Operations = _noted[i].Before;
        }

        var any = _noted.Count > 0;
        _noted.Clear();
        return any;
    }

    /// <summary>Whether another connection declared or noted something since the last call.</summary>
    public bool IsChanged()
    {
        var row = database["SELECT group_concat(c || '.' || id || ':' || coalesce(kind, '') || ':' || coalesce(ops, ''), '|') FROM _threads_merge"];
        row.Step();
        var signature = row.TextOrNull(0) ?? "";
        row.Reset();
        var isChanged = signature != _signature;
        _signature = signature;
        return isChanged;
    }
}
