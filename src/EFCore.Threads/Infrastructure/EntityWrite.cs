using Threads.Data;
using Threads.Data.Events;
using Threads.Data.Identity;

namespace Microsoft.EntityFrameworkCore.Infrastructure;

/// <summary>One write of one property of an entity, or of the whole entity where <see cref="Property"/> is null, as <c>context.Thread.HistoryOf(entity)</c> tells it.</summary>
public sealed class EntityWrite
{
    internal EntityWrite(ThreadWrite write, string? property, object? oldValue, object? newValue)
        => (Write, Property, OldValue, NewValue) = (write, property, oldValue, newValue);

    /// <summary>The write as the database has it: table, column, stored values.</summary>
    public ThreadWrite Write { get; }

    /// <summary>The property; of owned and complex types with the path, <c>Home.City</c>. The column's name where no property is mapped to it, null for a delete.</summary>
    public string? Property { get; }

    /// <summary>What the property was before, at this place of the total order, as the model has it.</summary>
    public object? OldValue { get; }

    /// <summary>What it was afterwards.</summary>
    public object? NewValue { get; }

    /// <summary>Whether it came to be, was saved, or deleted.</summary>
    public EventKind Kind => Write.Kind;

    /// <summary>Whether the value here is this write's, or the entity is gone by it.</summary>
    public bool Won => Write.Won;

    /// <summary>When, by the writer's clock, in UTC.</summary>
    public DateTime WrittenAt => Write.WrittenAt;

    /// <summary>Who; null while unknown.</summary>
    public PeerId? Author => Write.Author;
}
