using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>
/// A shape of events met with this peer's table: which value goes to which column, and the statement that writes them. Columns this peer's table lacks are stepped
/// over; they stay in the log and fill the column when it comes.
/// </summary>
internal sealed class ShapeBinding
{
    public ShapeBinding(SqliteDatabase database, TableSchema table, EventShape shape)
    {
        Table = table;
        Shape = shape;
        Columns = Array.ConvertAll(shape.Columns, table.FindCanonical);
        for (var i = 1; i < Columns.Length; i++)
        {
            // Two columns over there that are one here, by an alias: the first has the original's name or stands for it.
            Columns[i] = Columns.AsSpan(0, i).Contains(Columns[i]) ? null : Columns[i];
        }

        Fits = shape.KeyCount == table.KeyCount && Columns.AsSpan(0, shape.KeyCount).SequenceEqual(table.Keys);
        var known = Columns.Skip(shape.KeyCount).OfType<ColumnSchema>().ToArray();
        var keys = Columns.Take(shape.KeyCount).OfType<ColumnSchema>().ToArray();
        Unknown = [.. shape.Columns.Where((_, i) => Columns[i] is null)];
        if (!Fits)
        {
            return;
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

    /// <summary>By the shape's order, keys first; null: not in this peer's table.</summary>
    public ColumnSchema?[] Columns { get; }

    /// <summary>The key is the same on both sides; otherwise the events can't be shown here.</summary>
    public bool Fits { get; }

    public IReadOnlyList<string> Unknown { get; }

    /// <summary>INSERT, UPDATE or DELETE by the shape's kind; parameters in the order of the known columns.</summary>
    public SqliteStatement? Write { get; }
}
