using System.Text.Json;
using Threads.Data.Capture;
using Threads.Data.Pipeline;
using Threads.Data.Views;

namespace Threads.Data;

public sealed partial class LocalThread
{
    /// <summary>More rows than this don't stand in one row's way.</summary>
    private const int MostRivals = 64;

    /// <summary>
    /// Settles a conflict against the row that is held back (<c>threads_conflicts</c>): it is deleted, on every peer, though no table shows it. A record of its own; in the
    /// transaction, where one is open.
    /// </summary>
    /// <param name="table">Its table.</param>
    /// <param name="key">The values of its primary key, in the key's order, as they are stored.</param>
    /// <exception cref="ArgumentException">There is no such table, these can't be its key's values, or the row is not held back.</exception>
    public void DeleteHeldRow(string table, params object?[] key)
    {
        ArgumentNullException.ThrowIfNull(key);
        _connection.Guarded(() => Writing(() =>
        {
            var (schema, row) = Held(table, key);
            new HeldRowChanges(Session).Delete(schema, row);
            return true;
        }));
    }

    /// <summary>
    /// Settles a conflict for the row that is held back: those that stand in its way are deleted, and it returns. To change it instead, INSERT it anew with other values.
    /// </summary>
    /// <param name="table">Its table.</param>
    /// <param name="key">The values of its primary key, in the key's order, as they are stored.</param>
    /// <exception cref="ArgumentException">There is no such table, these can't be its key's values, or the row is not held back.</exception>
    /// <exception cref="ThreadsException">No row stands in its way: a row it refers to is missing, or it fails a NOT NULL or CHECK by itself.</exception>
    public void ShowHeldRow(string table, params object?[] key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (_connection.Guarded(() => Session.InTransaction))
        {
            Show(table, key);
            return;
        }

        using var transaction = _connection.BeginTransaction();
        Show(table, key);
        transaction.Commit();
    }

    /// <summary>The values of a key of its JSON, as <c>threads_conflicts</c> writes it in <c>rivals</c>, and <c>row_key</c> for several columns.</summary>
    /// <exception cref="ArgumentException">There is no such table, or the text is no key of it.</exception>
    public object?[] ReadKey(string table, string json) => _connection.Guarded(() => Reading(() =>
    {
        var schema = Core.Catalog.Find(table) ?? throw new ArgumentException(Resources.Strings.HistoryTable(table), nameof(table));
        try
        {
            using var document = JsonDocument.Parse(json);
            var values = document.RootElement.ValueKind == JsonValueKind.String && schema.KeyCount > 1
                ? EntityKey.Values(JsonDocument.Parse(document.RootElement.GetString()!).RootElement) : EntityKey.Values(document.RootElement);
            EntityKey.Of(schema, values);
            return values;
        }
        catch (JsonException e)
        {
            throw new ArgumentException(e.Message, nameof(json), e);
        }
    }));

    private void Show(string table, object?[] key)
    {
        for (var n = 0; n < MostRivals; n++)
        {
            var rival = _connection.Guarded(() =>
            {
                var (schema, row) = Held(table, key, mayBeBack: n > 0);
                if (row.Length == 0)
                {
                    return null;
                }

                var changes = new HeldRowChanges(Session);
                var first = changes.RivalOf(schema, row);
                if (first is not { Table: not null, State: "shown" or "held" })
                {
                    throw ThreadsErrors.NoRival(schema.Name, RowKey.Label(schema, row));
                }

                if (first.State == "held")
                {
                    changes.Delete(first.Table, EntityKey.Of(first.Table, EntityKey.Values(first.Key)));
                }

                return first;
            });
            if (rival is null)
            {
                return;
            }

            if (rival.State == "shown")
            {
                DeleteShown(rival.Table!, EntityKey.Values(rival.Key));
            }
        }

        throw ThreadsErrors.NoRival(table, string.Join(", ", key));
    }

    private void DeleteShown(TableSchema table, IReadOnlyList<object?> key)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = $"DELETE FROM main.{table.Quoted} WHERE {table.KeyEquals("", i => FormattableString.Invariant($"@p{i}"))}";
        for (var i = 0; i < key.Count; i++)
        {
            command.Parameters.AddWithValue(FormattableString.Invariant($"@p{i}"), key[i]);
        }

        command.ExecuteNonQuery();
        _connection.Guarded(() =>
        {
            // Only what is sealed lets others return.
            Session.SealSoFar();
            Session.Settled();
            return true;
        });
    }

    private (TableSchema Table, byte[] Key) Held(string table, object?[] key, bool mayBeBack = false)
    {
        var schema = Core.Catalog.Find(table) ?? throw new ArgumentException(Resources.Strings.HistoryTable(table), nameof(table));
        var row = EntityKey.Of(schema, key);
        return new HeldRowChanges(Session).IsHeld(schema, row) ? (schema, row)
            : mayBeBack ? (schema, [])
            : throw new ArgumentException(Resources.Strings.NotHeld(schema.Name, RowKey.Label(schema, row)));
    }
}
