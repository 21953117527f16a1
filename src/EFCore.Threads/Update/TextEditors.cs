using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Threads.Resources;
using Threads.Data;

namespace Microsoft.EntityFrameworkCore.Threads.Update;

/// <summary>The texts that are being edited in a context.</summary>
internal sealed class TextEditors : IResettableService
{
    private readonly Dictionary<(object Entity, IProperty Property), ThreadText> texts = new(new ByReference());

    /// <summary>What saves that failed gave to properties.</summary>
    private readonly Dictionary<ThreadText, string> flushed = [];

    /// <summary>The editor of a property, on the text that it holds now.</summary>
    public ThreadText Open(EntityEntry entry, PropertyEntry property)
    {
        if (property.Metadata.ClrType != typeof(string) || property.Metadata.GetTypeMapping().Converter is not null || entry.State == EntityState.Detached)
        {
            throw new InvalidOperationException(Strings.TextNotEditable(property.Metadata.Name, entry.Metadata.DisplayName()));
        }

        var current = (string?)property.CurrentValue ?? "";
        var key = (entry.Entity, property.Metadata);
        if (!texts.TryGetValue(key, out var text) || !text.HasEdits && text.Original != current)
        {
            texts[key] = text = new ThreadText(current);
        }

        return text;
    }

    /// <summary>Gives the properties their edited texts.</summary>
    public void Flush(DbContext context)
    {
        foreach (var ((entity, property), text) in texts)
        {
            if (!text.HasEdits || context.Entry(entity) is not { State: not (EntityState.Detached or EntityState.Deleted) } entry)
            {
                continue;
            }

            var value = entry.Property(property);
            if ((value.CurrentValue as string ?? "") is var current && current != text.Original && current != flushed.GetValueOrDefault(text))
            {
                throw new InvalidOperationException(Strings.TextAssigned(property.Name, entry.Metadata.DisplayName()));
            }

            value.CurrentValue = flushed[text] = text.ToString();
        }
    }

    /// <summary>The edits that made a value, if it was edited.</summary>
    public ThreadText? Find(object entity, IProperty property, string value)
        => texts.TryGetValue((entity, property), out var text) && text.HasEdits && text.ToString() == value ? text : null;

    /// <summary>All is saved.</summary>
    public void Accept(DbContext context)
    {
        flushed.Clear();
        foreach (var (key, text) in texts.ToArray())
        {
            if (context.Entry(key.Entity).State is EntityState.Detached or EntityState.Deleted)
            {
                texts.Remove(key);
            }
            else if (text.HasEdits)
            {
                text.AcceptEdits();
            }
        }
    }

    public void ResetState()
    {
        texts.Clear();
        flushed.Clear();
    }

    public Task ResetStateAsync(CancellationToken cancellationToken = default)
    {
        ResetState();
        return Task.CompletedTask;
    }

    private sealed class ByReference : IEqualityComparer<(object Entity, IProperty Property)>
    {
        public bool Equals((object Entity, IProperty Property) x, (object Entity, IProperty Property) y)
            => ReferenceEquals(x.Entity, y.Entity) && ReferenceEquals(x.Property, y.Property);

        public int GetHashCode((object Entity, IProperty Property) key)
            => HashCode.Combine(System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(key.Entity), key.Property);
    }
}
