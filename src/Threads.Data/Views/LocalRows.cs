using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>
/// What a local transaction did where it may concern held-back rows: the rows it wrote, and what they claimed before, which the images that capture noted still say. Tables
/// that no held-back row stands in or waits for cost nothing: SQLite checked the transaction itself.
/// </summary>
internal sealed class LocalRows(SqliteDatabase database, ConstraintCatalog constraints, ConstraintFold fold, RowReader rows, FoldScope scope)
{
    /// <summary>The changes of the table noted last are looked at row by row.</summary>
    public bool IsConcerned { get; private set; }

    /// <summary>Whether a table's changes are to be noted.</summary>
    public bool Concerns(TableSchema table)
        => fold.Held.IsWatched(table) || (!scope.ChecksForeignKeys && constraints.Of(table) is var own && (own.References.Length > 0 || own.IsReferenced));

    /// <summary>A row of the table noted last was written or deleted; more than were is harmless.</summary>
    public void Changed(TableSchema table, in SqlValue key)
    {
        if (IsConcerned)
        {
            fold.Unsettled.Present.Add(table, key);
        }
    }

    /// <summary>Before a table's notes are taken: what its rows claimed when the transaction first touched them.</summary>
    public void NoteBefore(TableSchema table)
    {
        IsConcerned = Concerns(table);
        if (!IsConcerned)
        {
            return;
        }

        var own = constraints.Of(table);
        var seen = new HashSet<byte[]>(ByteComparer.Instance);
        var columns = string.Join(", ", Enumerable.Range(0, table.KeyCount).Select(i => FormattableString.Invariant($"k{i}"))
            .Concat(Enumerable.Range(0, table.Others.Length).Select(i => FormattableString.Invariant($"v{i}"))));
        var notes = database[$"SELECT o, {columns} FROM temp.{table.CaptureTable} ORDER BY s"];
        scope.Enter();
        try
        {
            while (notes.Step())
            {
                if (notes.IsNull(1) || !seen.Add(RowKey.Read(notes, 1, table.KeyCount)) || notes.Int64(0) == 0)
                {
                    continue;
                }

                var key = RowKey.Read(notes, 1, table.KeyCount);
                if (rows.ReadAlone(own, table.Columns, insert => BindRow(insert, notes, table), key, out _) is { } claims)
                {
                    fold.Unsettled.Freed.AddRange(claims.Claims);
                }
            }
        }
        finally
        {
            notes.Reset();
            scope.Leave();
        }
    }

    private static void BindRow(SqliteStatement insert, SqliteStatement notes, TableSchema table)
    {
        for (var i = 0; i < table.Columns.Length; i++)
        {
            SqlValue.Column(notes, 1 + i).Bind(insert, i + 1, pinned: false);
        }
    }
}
