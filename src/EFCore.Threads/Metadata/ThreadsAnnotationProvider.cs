using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Threads.Data;

namespace Microsoft.EntityFrameworkCore.Threads.Metadata;

/// <summary>What migrations need to know of a column beyond EF Core's relational facets.</summary>
internal sealed class ThreadsAnnotationProvider(RelationalAnnotationProviderDependencies dependencies) : RelationalAnnotationProvider(dependencies)
{
    public override IEnumerable<IAnnotation> For(ITable table, bool designTime)
        => designTime
            ? table.EntityTypeMappings.Select(m => m.TypeBase).OfType<IEntityType>()
                .SelectMany(t => JsonIndex.Of(t).Select(i => new Annotation(ThreadsAnnotationNames.JsonIndex + i.Name, i.TableAnnotation(t)))).DistinctBy(a => a.Name)
            : [];

    public override IEnumerable<IAnnotation> For(IColumn column, bool designTime)
    {
        // A column of documents maps no property; of several properties in one column the validator made sure that they agree.
        if (designTime
            && column.PropertyMappings.Count > 0
            && column.PropertyMappings[0].Property.GetValueGenerationStrategy() == ThreadsValueGenerationStrategy.Autoincrement)
        {
            yield return new Annotation(ThreadsAnnotationNames.Autoincrement, true);
        }

        // Documents merge per path.
        var merge = column.PropertyMappings.Select(m => m.Property[ThreadsAnnotationNames.Merge] as string).FirstOrDefault(m => m is not null)
            ?? (column.PropertyMappings.Count == 0 && column.StoreTypeMapping is JsonTypeMapping ? MergeKind.Json.Name : null);
        if (designTime && merge is not null)
        {
            yield return new Annotation(ThreadsAnnotationNames.Merge, merge);
        }
    }
}
