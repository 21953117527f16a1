using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Threads.Update;
using Threads.Data;

namespace Microsoft.EntityFrameworkCore;

/// <summary>Editing a text property keystroke by keystroke.</summary>
public static class ThreadsTextExtensions
{
    extension<TEntity>(EntityEntry<TEntity> entry)
        where TEntity : class
    {
        /// <summary>
        /// The text of a property to edit in place: every insertion and deletion is recorded as it was made, and merged as such with what others type (docs/merging.md). SaveChanges gives
        /// the property the edited text, and records all edits since the last save as one operation. The same object until then; keep it for many edits.
        /// </summary>
        /// <exception cref="InvalidOperationException">The property is no string, or the entity is not tracked.</exception>
        public ThreadText Text(Expression<Func<TEntity, string?>> property) => Editor(entry, entry.Property(property));
    }

    /// <inheritdoc cref="Text{TEntity}(EntityEntry{TEntity}, Expression{Func{TEntity, string}})" />
    /// <param name="entry">The entity.</param>
    /// <param name="property">The name of a property.</param>
    public static ThreadText Text(this EntityEntry entry, string property)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return Editor(entry, entry.Property(property));
    }

    private static ThreadText Editor(EntityEntry entry, PropertyEntry property) => entry.Context.GetService<TextEditors>().Open(entry, property);
}
