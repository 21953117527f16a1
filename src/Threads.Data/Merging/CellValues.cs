using Threads.Data.Events;
using Threads.Data.Sqlite;

namespace Threads.Data.Merging;

/// <summary>What a column would hold, asked of SQLite itself: values after affinity, defaults. A fold from events must compute with what the table would have shown.</summary>
internal sealed class CellValues(SqliteDatabase database)
{
    /// <summary>Makes the cell's value what a column of this affinity holds after storing it.</summary>
    public void Coerce(MergeCell cell, ColumnAffinity affinity)
    {
        if (!affinity.MayChange(cell.Value.Type))
        {
            return;
        }

        var before = cell.Value.Type;
        Stored(affinity, "?", cell.Value, cell);
        if (cell.Value.Type != before)
        {
            cell.Exact = null;
        }
    }

    /// <summary>What a row shows that was made without a word about the column.</summary>
    public void Default(MergeCell cell, ColumnAffinity affinity, string? expression)
    {
        cell.Reset(SqlValue.Null);
        if (expression is not null)
        {
            Stored(affinity, $"({expression})", SqlValue.Null, cell);
        }
    }

    private void Stored(ColumnAffinity affinity, string expression, in SqlValue parameter, MergeCell into)
    {
        database.Execute("CREATE TEMP TABLE IF NOT EXISTS _threads_affinity(None BLOB, Integer INTEGER, Real REAL, Numeric NUMERIC, Text TEXT)");
        database["DELETE FROM temp._threads_affinity"].Run();
        var insert = database[$"INSERT INTO temp._threads_affinity({affinity}) VALUES({expression})"];
        if (expression == "?")
        {
            parameter.Bind(insert, 1, pinned: false);
        }

        insert.Run();
        var row = database[$"SELECT {affinity} FROM temp._threads_affinity"];
        row.Step();
        into.Value = SqlValue.Column(row, 0);
        row.Reset();
    }
}
