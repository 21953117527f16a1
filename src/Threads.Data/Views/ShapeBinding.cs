using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Merging;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>
/// A shape of events met with this peer's table: which value goes to which column, and the statement that writes them. Columns this peer's table lacks are stepped
/// over; they stay in the log and fill the column when it comes.
/// </summary>
internal sealed class ShapeBinding : IDisposable
{
    public ShapeBinding(SqliteDatabase database, TableSchema table, EventShape shape)
    {
        Table = table;
        Shape = shape;
        Columns = Array.ConvertAll(shape.Columns, table.FindCanonical);
        Unknown = [.. shape.Columns.Where((_, i) => Columns[i] is null)];
        Operations = new ICellOperation?[shape.Columns.Length];
        for (var i = 1; i < Columns.Length; i++)
        {
            // Two columns over there that are one here, by an alias: the first has the original's name or stands for it.
            Columns[i] = Columns.AsSpan(0, i).Contains(Columns[i]) ? null : Columns[i];
        }

        for (var i = 0; i < shape.Columns.Length; i++)
        {
            // An operation that nobody here knows changes nothing.
            Operations[i] = shape.Operation(i) is { } name ? MergeKinds.Operation(name) : null;
            Columns[i] = shape.Operation(i) is not null && Operations[i] is null ? null : Columns[i];
        }

        Fits = shape.KeyCount == table.KeyCount && Columns.AsSpan(0, shape.KeyCount).SequenceEqual(table.Keys);
        var known = Columns.Skip(shape.KeyCount).OfType<ColumnSchema>().ToArray();
        var operations = Operations.Skip(shape.KeyCount).Where((_, i) => Columns[shape.KeyCount + i] is not null).ToArray();
        HasOperations = operations.Any(o => o is not null);
        var keys = Columns.Take(shape.KeyCount).OfType<ColumnSchema>().ToArray();
        KnownCount = known.Length;
        if (!Fits)
        {
            return;
        }

        var merged = known.Where((_, i) => operations[i] is not null).ToArray();
        if (shape.Kind == EventKind.Save && merged.Length > 0)
        {
            Read = database.Prepare(
                $"SELECT {string.Join(", ", merged.Select(c => c.Quoted))} FROM main.{table.Quoted} WHERE {table.KeyEquals("", i => FormattableString.Invariant($"?{i + 1}"))}", SqliteNative.PreparePersistent);
        }

        Write = shape.Kind switch
        {
            EventKind.Create => database.Prepare(
                $"INSERT {table.OrAbort}INTO main.{table.Quoted}({string.Join(", ", keys.Concat(known).Select(c => c.Quoted))}) VALUES({string.Join(", ", Enumerable.Repeat("?", keys.Length + known.Length))})", SqliteNative.PreparePersistent),
            EventKind.Save when known.Length > 0 => database.Prepare(
                $"UPDATE {table.OrAbort}main.{table.Quoted} SET {string.Join(", ", known.Select((c, i) => FormattableString.Invariant($"{c.Quoted} = ?{keys.Length + i + 1}")))} WHERE {table.KeyEquals("", i => FormattableString.Invariant($"?{i + 1}"))}", SqliteNative.PreparePersistent),
            EventKind.Delete => database.Prepare(
                $"DELETE FROM main.{table.Quoted} WHERE {table.KeyEquals("", i => FormattableString.Invariant($"?{i + 1}"))}", SqliteNative.PreparePersistent),
            _ => null,
        };
    }

    public TableSchema Table { get; }

    public EventShape Shape { get; }

    /// <summary>What its events may concern besides their own rows.</summary>
    public ShapeWatch? Watch { get; set; }

    /// <summary>By the shape's order, keys first; null: not in this peer's table.</summary>
    public ColumnSchema?[] Columns { get; }

    /// <summary>The key is the same on both sides; otherwise the events can't be shown here.</summary>
    public bool Fits { get; }

    public IReadOnlyList<string> Unknown { get; }

    /// <summary>By the shape's order: what the values are arguments of; null: assignments, and operations nobody here knows.</summary>
    public ICellOperation?[] Operations { get; }

    /// <summary>Some known column's values are operations.</summary>
    public bool HasOperations { get; }

    /// <summary>Columns behind the keys that are in this peer's table.</summary>
    public int KnownCount { get; }

    /// <summary>SELECT of the cells that a save's operations change, by key; null: there are none.</summary>
    public SqliteStatement? Read { get; }

    /// <summary>INSERT, UPDATE or DELETE by the shape's kind; parameters in the order of the known columns.</summary>
    public SqliteStatement? Write { get; }

    public void Dispose()
    {
        Write?.Dispose();
        Read?.Dispose();
    }
}
