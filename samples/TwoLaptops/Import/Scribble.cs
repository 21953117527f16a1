using System.Data.Common;

namespace TwoLaptops.Import;

/// <summary>Notes in the margin of somebody's database, each its own commit, and the way back.</summary>
internal sealed class Scribble(Original original)
{
    private const int RowsPerTable = 40;

    private readonly (OriginalTable Table, string Column, IReadOnlyList<(object?[] Key, object? Value)> Cells)[] margins =
        [.. original.Margins().Select(m => (m.Table, m.Column, original.Cells(m.Table, m.Column, RowsPerTable)))];

    /// <summary>Writes into two thirds of the cells: the first two thirds or the last, so that the middle is written by both.</summary>
    public int Write(DbConnection connection, string who, bool fromTheEnd)
    {
        var written = 0;
        foreach (var (table, column, cells) in margins)
        {
            foreach (var (key, value) in fromTheEnd ? cells.Skip(cells.Count / 3) : cells.Take(cells.Count - cells.Count / 3))
                written += Update(connection, table, column, key, $"{who}: {value}");
        }

        return written;
    }

    /// <summary>Cells that both sides have written, by (table, number).</summary>
    public int CountShared() => margins.Sum(m => m.Cells.Count - m.Cells.Count / 3 - m.Cells.Count / 3);

    /// <summary>All cells as they were, in one transaction: one record.</summary>
    public void PutBack(DbConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        foreach (var (table, column, cells) in margins)
        {
            foreach (var (key, value) in cells)
                Update(connection, table, column, key, value, transaction);
        }

        transaction.Commit();
    }

    private static int Update(DbConnection connection, OriginalTable table, string column, object?[] key, object? value, DbTransaction? transaction = null)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = table.Update(column);
        Add("$value", value);
        for (var i = 0; i < key.Length; i++)
            Add($"$k{i}", key[i]);
        return command.ExecuteNonQuery();

        void Add(string name, object? bound)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, bound);
            command.Parameters.Add(parameter);
        }
    }
}
