using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Threads.Metadata;
using Microsoft.EntityFrameworkCore.Update;
using Threads.Data;

namespace Microsoft.EntityFrameworkCore.Threads.Update;

/// <summary>
/// Tells the thread what a context had seen of the texts and lists that it writes. An UPDATE carries the whole value; what arrived since the entity was read would be undone by it
/// otherwise.
/// </summary>
internal static class SeenValues
{
    public static void Record(ModificationCommandBatch batch, LocalThread thread, TextEditors editors)
    {
        foreach (var command in batch.ModificationCommands)
        {
            if (command.EntityState != EntityState.Modified)
            {
                continue;
            }

            foreach (var column in command.ColumnModifications)
            {
                if (column is { IsWrite: true, Property: { } property, JsonPath: null } && IsMerged(property) && TextOf(property, column.Value) is { } written)
                {
                    Record(command, property, TextOf(property, column.OriginalValue) ?? "", written, thread, editors);
                }
            }
        }
    }

    private static void Record(IReadOnlyModificationCommand command, IProperty property, string seen, string written, LocalThread thread, TextEditors editors)
    {
        var text = command.Entries.Select(e => editors.Find(e.ToEntityEntry().Entity, property, written)).FirstOrDefault(t => t is not null);
        if (text is not null && text.Original == seen)
        {
            thread.RecordEdits(text);
        }
        else
        {
            thread.RecordChange(seen, written);
        }
    }

    /// <summary>As the column holds it.</summary>
    private static string? TextOf(IProperty property, object? value)
        => value is null or string ? value as string : property.GetTypeMapping().Converter?.ConvertToProvider(value) as string;

    private static bool IsMerged(IProperty property)
        => property[ThreadsAnnotationNames.Merge] is string kind && (kind == MergeKind.Text.Name || kind == MergeKind.List.Name);
}
