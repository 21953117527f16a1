using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>
/// References declared SET NULL or SET DEFAULT hold no row back: while the parent is missing the row shows NULL, and its own value again when the parent comes. The
/// value itself stays in the log; which rows are masked is in the file.
/// </summary>
internal sealed class MaskedReferences(SqliteDatabase database, ConstraintCatalog constraints, HeldRows held, EntityRefold refold, RowReader rows, ConstraintGraph graph)
{
    private readonly Dictionary<KeyId, (TableConstraints Table, byte[] Key)> _children = [];
    private readonly Dictionary<KeyId, (UniqueKey Unique, ClaimKey Key)> _parents = [];

    /// <summary>Rows to look at: those that changed, and those that refer to keys which came or went.</summary>
    public void Note(IEnumerable<FoldNode> nodes, IEnumerable<(UniqueKey Unique, ClaimKey Key)> freed)
    {
        foreach (var node in nodes)
        {
            if (Array.Exists(node.Table.References, r => r.IsSoft))
            {
                _children.TryAdd(node.Id, (node.Table, node.Key));
            }

            foreach (var (unique, key) in node.Claims.Claims.Concat(node.Before.Claims))
            {
                Note(unique, key);
            }
        }

        foreach (var (unique, key) in freed)
        {
            Note(unique, key);
        }
    }

    /// <summary>Looks at one row.</summary>
    public void Note(TableConstraints table, byte[] key) => _children.TryAdd(new KeyId(table.Table.Collection, key), (table, key));

    /// <summary>When all rows are where they belong.</summary>
    public void Apply()
    {
        foreach (var (unique, key) in _parents.Values)
        {
            foreach (var reference in unique.Referrers.Where(r => r.IsSoft))
            {
                var child = constraints.Of(reference.Child);
                foreach (var row in graph.Children(reference, key).Concat(held.Referrers(reference, key, masked: true)))
                {
                    Note(child, row);
                }
            }
        }

        foreach (var (table, key) in _children.Values)
        {
            Mask(table, key);
        }
    }

    private void Note(UniqueKey unique, ClaimKey key)
    {
        if (unique.Referrers.Exists(r => r.IsSoft))
        {
            _parents.TryAdd(new KeyId(unique.Id, key.Bytes), (unique, key));
        }
    }

    private void Mask(TableConstraints table, byte[] key)
    {
        if (rows.Read(table, key) is not { } shown)
        {
            return;
        }

        var masked = held.Masks(table, key);
        Dictionary<ColumnSchema, byte[]>? image = null;
        var references = shown;
        if (masked.Count > 0)
        {
            // What is hidden stands in the log alone.
            image = refold.Fold(table.Table, key, out _)!;
            var columns = EntityRefold.Columns(table.Table, image);
            references = rows.ReadAlone(table, columns, insert => EntityRefold.Bind(insert, table.Table, key, image, columns), key, out _) ?? shown;
            held.Remove(table.Table, key);
        }

        foreach (var reference in table.References.Where(r => r.IsSoft))
        {
            var wanted = Array.Find(references.References, r => r.Reference == reference);
            var isMissing = wanted.Reference is not null && graph.Shown(reference.Target, wanted.Key) is null;
            if (isMissing)
            {
                held.AddMask(reference, wanted.Key, key);
                Set(table.Table, key, reference, null);
            }
            else if (image is not null && masked.Contains(reference))
            {
                Set(table.Table, key, reference, image);
            }
        }
    }

    private void Set(TableSchema table, byte[] key, Reference reference, Dictionary<ColumnSchema, byte[]>? image)
    {
        var columns = reference.Columns.Distinct().ToArray();
        var update = database[FormattableString.Invariant(
            $"UPDATE OR ABORT main.{table.Quoted} SET {string.Join(", ", columns.Select((c, i) => FormattableString.Invariant($"{c.Quoted} = ?{table.KeyCount + i + 1}")))} WHERE {table.KeyEquals("", i => FormattableString.Invariant($"?{i + 1}"))}")];
        RowKey.Bind(update, table, key);
        for (var i = 0; i < columns.Length; i++)
        {
            if (image is not null && image.TryGetValue(columns[i], out var value))
            {
                var reader = new CborReader(value);
                SqlValue.Read(ref reader).Bind(update, table.KeyCount + i + 1, pinned: false);
            }
            else
            {
                update.BindNull(table.KeyCount + i + 1);
            }
        }

        update.Run();
    }
}
