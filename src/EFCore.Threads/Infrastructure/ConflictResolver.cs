using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Threads.Resources;
using Threads.Data;
using Threads.Data.Events;
using Threads.Data.Identity;

namespace Microsoft.EntityFrameworkCore.Threads.Infrastructure;

/// <summary>Carries out what a user, or the policy of a context's options, decides of a conflict.</summary>
internal sealed class ConflictResolver(DbContext context, ThreadsConnection connection)
{
    public async Task ResolveAsync(ThreadConflictRow conflict, ConflictResolution resolution, CancellationToken cancellationToken)
    {
        var table = conflict.TableName ?? throw new InvalidOperationException(Strings.ConflictWithoutTable(conflict.Collection));
        var key = Key(conflict);
        if (resolution.Change is { } change)
        {
            await EditAsync(conflict, table, key, resolution.EntityType!, change, cancellationToken).ConfigureAwait(false);
            return;
        }

        var keepHeld = resolution.Name switch
        {
            nameof(ConflictResolution.KeepHeld) => true,
            nameof(ConflictResolution.KeepMine) => IsHeldMine(conflict, table, key),
            nameof(ConflictResolution.TakeTheirs) => !IsHeldMine(conflict, table, key),
            _ => false,
        };
        await Task.Run(() =>
        {
            if (keepHeld)
            {
                connection.Thread.ShowHeldRow(table, key);
            }
            else
            {
                connection.Thread.DeleteHeldRow(table, key);
            }
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The entity that is held back, as the merge made it; not tracked.</summary>
    public object Held(ThreadConflictRow conflict, Type type)
    {
        var table = conflict.TableName ?? throw new InvalidOperationException(Strings.ConflictWithoutTable(conflict.Collection));
        var entityType = context.Model.FindEntityType(type) ?? throw new InvalidOperationException(CoreStrings.EntityTypeNotFound(type.Name));
        var mapped = entityType.GetTableMappings().Select(m => m.Table).FirstOrDefault(t => string.Equals(t.Name, table, StringComparison.OrdinalIgnoreCase))
            ?? throw new InvalidOperationException(Strings.ConflictOfOtherTable(table, entityType.DisplayName()));
        var values = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (var write in connection.Thread.History(table, Key(conflict)).Where(w => w.Won && w.Column is not null))
        {
            values[write.Column!] = write.NewValue;
        }

        var keys = Key(conflict);
        for (var i = 0; i < mapped.PrimaryKey!.Columns.Count; i++)
        {
            values[mapped.PrimaryKey.Columns[i].Name] = keys[i];
        }

        var columns = mapped.Columns.Select((c, i) => FormattableString.Invariant($"{{{i}}} AS \"{c.Name.Replace("\"", "\"\"", StringComparison.Ordinal).Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal)}\""));
        var read = typeof(ConflictResolver).GetMethod(nameof(Read), System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)!.MakeGenericMethod(type);
        return read.Invoke(this, [$"SELECT {string.Join(", ", columns)}", mapped.Columns.Select(c => values.GetValueOrDefault(c.Name) ?? DBNull.Value).ToArray()])!;
    }

    private object?[] Key(ThreadConflictRow conflict) => connection.Thread.ReadKey(conflict.TableName!, conflict.KeyJson);

    private T Read<T>(string sql, object[] values)
        where T : class
        => context.Set<T>().FromSqlRaw(sql, values).IgnoreQueryFilters().AsNoTracking().AsEnumerable().Single();

    private async Task EditAsync(ThreadConflictRow conflict, string table, object?[] key, Type type, Action<object> change, CancellationToken cancellationToken)
    {
        if (context.ChangeTracker.HasChanges())
        {
            throw new InvalidOperationException(Strings.ConflictWithChanges);
        }

        var entity = Held(conflict, type);
        change(entity);
        foreach (var tracked in context.ChangeTracker.Entries().Where(e => type.IsInstanceOfType(e.Entity) && IsSame(e.Metadata, e.Entity, entity)).ToList())
        {
            tracked.State = EntityState.Detached;
        }

        var entry = context.Add(entity);
        try
        {
            await context.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            entry.State = EntityState.Detached;
            throw;
        }
    }

    private bool IsSame(IEntityType type, object tracked, object entity)
        => type.FindPrimaryKey()!.Properties.All(p => Equals(context.Entry(tracked).Property(p).CurrentValue, context.Entry(entity).Property(p).CurrentValue));

    private bool IsHeldMine(ThreadConflictRow conflict, string table, object?[] key)
    {
        var rivals = conflict.GetRivals();
        if (rivals is not [{ State: "shown" or "held" } rival, ..] || TableOf(rival.Collection) is not { } other)
        {
            throw new InvalidOperationException(Strings.ConflictWithoutRival(conflict.RowKey, table, conflict.Reason));
        }

        var own = connection.Thread.Identity;
        return Author(table, key) == own && Author(other, connection.Thread.ReadKey(other, rival.Key)) != own;
    }

    private string? TableOf(string collection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT table_name FROM threads_collections WHERE name = @collection";
        command.Parameters.AddWithValue("@collection", collection);
        return command.ExecuteScalar() as string;
    }

    private PeerId? Author(string table, object?[] key) => connection.Thread.History(table, key).LastOrDefault(w => w.Kind == EventKind.Create)?.Author;
}
