using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>
/// A rebuild that gives a table another primary key, as migrations do it: entities are known by their key, so the rows are others to the log. Those that no peer has told
/// under the new key yet are told now; of the others the log knows more.
/// </summary>
internal sealed partial class ThreadsSession
{
    private const string RebuiltPrefix = "ef_temp_";
    private const string KeptRows = "temp._threads_rekeyed";

    private readonly Dictionary<long, string[]> _droppedKeys = [];

    private static string[] KeyNames(TableSchema table) => [.. table.Keys.ToArray().Select(c => c.Canonical)];

    private static string ColumnList(TableSchema table) => string.Join(", ", table.Columns.Select(c => c.Quoted));

    /// <summary>Before a table is dropped: the key its entities are known by.</summary>
    private void NoteDroppedKey(TableSchema table) => _droppedKeys[table.Collection] = KeyNames(table);

    /// <summary>After the rename that ends a rebuild: the table, when its key is another one. Its rows are kept aside; the log does not have them.</summary>
    private TableSchema? KeepRekeyed(SqlStatement statement)
    {
        if (statement is not { Verb: "ALTER", SchemaObject: "TABLE", Target: { } from, NewName: { } name, OldColumn: null }
            || !from.StartsWith(RebuiltPrefix, StringComparison.OrdinalIgnoreCase)
            || Core.Catalog.Find(name) is not { } table
            || !_droppedKeys.Remove(table.Collection, out var keys)
            || keys.SequenceEqual(KeyNames(table), StringComparer.Ordinal))
        {
            return null;
        }

        Database.Execute($"CREATE TABLE {KeptRows} AS SELECT {ColumnList(table)} FROM main.{table.Quoted}");
        return table;
    }

    private void TellRekeyed(TableSchema table)
    {
        SealCollected();
        Core.Refill([table.Collection]);
        Core.Triggers.Install(table, mayReplace: false);
        _touched.Add(table.Collection);

        var state = new EntityState();
        using (var rows = Database.Prepare($"SELECT rowid, {string.Join(", ", table.Keys.ToArray().Select(c => c.Quoted))} FROM {KeptRows} ORDER BY rowid"))
        using (var insert = Database.Prepare($"INSERT INTO main.{table.Quoted}({ColumnList(table)}) SELECT {ColumnList(table)} FROM {KeptRows} WHERE rowid = ?"))
        {
            while (rows.Step())
            {
                var key = new CborReader(RowKey.Read(rows, 1, table.KeyCount));
                if (!Core.Entities.TryRead(table.Collection, SqlValue.Read(ref key), state))
                {
                    insert.Bind(1, rows.Int64(0)).Run();
                }
            }
        }

        Core.Records.Release();
        Database.Execute("DROP TABLE " + KeptRows);
    }
}
