namespace Microsoft.EntityFrameworkCore.Infrastructure;

/// <summary>What is to become of a row that is held back and of those that stand in its way; <c>context.Thread.ResolveAsync(conflict, ConflictResolution.KeepShown)</c>.</summary>
public sealed class ConflictResolution
{
    private ConflictResolution(string name, Type? type = null, Action<object>? edit = null) => (Name, EntityType, Change) = (name, type, edit);

    /// <summary>What the tables show stays; the row that is held back is deleted. Any number of peers may do it: it comes to the same.</summary>
    public static ConflictResolution KeepShown { get; } = new(nameof(KeepShown));

    /// <summary>The row that is held back comes into its table; those that stand in its way are deleted, with what cascades from them. Any number of peers may do it.</summary>
    public static ConflictResolution KeepHeld { get; } = new(nameof(KeepHeld));

    /// <summary>
    /// The row that this database's identity made stays, the other is deleted; where both or neither are, the one that is shown counts as mine. A person's choice: as a policy of
    /// two peers at once it deletes both rows.
    /// </summary>
    public static ConflictResolution KeepMine { get; } = new(nameof(KeepMine));

    /// <summary>The other way around.</summary>
    public static ConflictResolution TakeTheirs { get; } = new(nameof(TakeTheirs));

    /// <summary>
    /// The row that is held back is changed and comes into its table: another name, another parent. What it still breaks is told by the exception that any save throws.
    /// </summary>
    /// <typeparam name="TEntity">The type of the entity that the row is.</typeparam>
    /// <param name="change">Changes the entity, which is as the merge made it. The key must stay.</param>
    public static ConflictResolution Edit<TEntity>(Action<TEntity> change)
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(change);
        return new ConflictResolution(nameof(Edit), typeof(TEntity), e => change((TEntity)e));
    }

    internal string Name { get; }

    internal Type? EntityType { get; }

    internal Action<object>? Change { get; }

    /// <inheritdoc />
    public override string ToString() => Name;
}
