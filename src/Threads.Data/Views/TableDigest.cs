using System.Security.Cryptography;
using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>
/// SHA-256 over every row of every shared table: tables by their name in events, rows in key order, each value with its storage class, so that two peers with the
/// same schema are equal exactly when their digests are.
/// </summary>
internal sealed class TableDigest(SqliteDatabase database, SchemaCatalog catalog)
{
    private const int ChunkBytes = 1 << 16;

    public byte[] Compute(CancellationToken cancellationToken) => Compute(catalog.All().OrderBy(t => t.Canonical, StringComparer.Ordinal), cancellationToken);

    /// <summary>Of one table alone.</summary>
    public byte[] Compute(TableSchema table, CancellationToken cancellationToken) => Compute([table], cancellationToken);

    private byte[] Compute(IEnumerable<TableSchema> tables, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var writer = new CborWriter();
        foreach (var table in tables)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var columns = table.Keys.ToArray().Concat(table.Others.ToArray().OrderBy(c => c.Canonical, StringComparer.Ordinal)).ToArray();
            writer.WriteText(table.Canonical);
            foreach (var column in columns)
            {
                writer.WriteText(column.Canonical);
            }

            var order = string.Join(", ", table.Keys.ToArray().Select(c => c.Quoted + " COLLATE BINARY"));
            using var rows = database.Prepare($"SELECT {string.Join(", ", columns.Select(c => c.Quoted))} FROM main.{table.Quoted} ORDER BY {order}");
            while (rows.Step())
            {
                for (var i = 0; i < columns.Length; i++)
                {
                    var value = SqlValue.Column(rows, i);
                    (i < table.KeyCount ? value.AsKey() : value).Write(writer);
                }

                if (writer.Length > ChunkBytes)
                {
                    hash.AppendData(writer.WrittenSpan);
                    writer.Reset();
                }
            }
        }

        hash.AppendData(writer.WrittenSpan);
        return hash.GetHashAndReset();
    }
}
