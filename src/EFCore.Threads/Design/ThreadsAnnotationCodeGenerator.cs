using System.Reflection;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Threads.Metadata;

namespace Microsoft.EntityFrameworkCore.Threads.Design;

/// <summary>Writes this provider's configuration as the calls a user would write, in snapshots and scaffolded contexts.</summary>
internal sealed class ThreadsAnnotationCodeGenerator(AnnotationCodeGeneratorDependencies dependencies) : AnnotationCodeGenerator(dependencies)
{
    private static readonly MethodInfo UseAutoincrement =
        typeof(ThreadsPropertyExtensions).GetMethod(nameof(ThreadsPropertyExtensions.UseAutoincrement), [typeof(PropertyBuilder)])!;

    private static readonly MethodInfo HasUlid =
        typeof(ThreadsPropertyExtensions).GetMethod(nameof(ThreadsPropertyExtensions.HasUlid), [typeof(PropertyBuilder)])!;

    private static readonly MethodInfo HasMerge =
        typeof(ThreadsMergeExtensions).GetMethod(nameof(ThreadsMergeExtensions.HasMerge), [typeof(PropertyBuilder), typeof(string)])!;

    private static readonly MethodInfo HasElementsMerge =
        typeof(ThreadsMergeExtensions).GetMethod(nameof(ThreadsMergeExtensions.HasMerge), [typeof(PrimitiveCollectionBuilder), typeof(string)])!;

    private static readonly MethodInfo HasAccess =
        typeof(ThreadsAccessExtensions).GetMethod(nameof(ThreadsAccessExtensions.HasAccess), [typeof(EntityTypeBuilder), typeof(string)])!;

    private static readonly MethodInfo HasJsonSchema =
        typeof(ThreadsJsonSchemaExtensions).GetMethod(nameof(ThreadsJsonSchemaExtensions.HasJsonSchema), [typeof(EntityTypeBuilder), typeof(string)])!;

    private static readonly MethodInfo HasJsonIndex =
        typeof(ThreadsJsonIndexExtensions).GetMethod(nameof(ThreadsJsonIndexExtensions.HasJsonIndex), [typeof(EntityTypeBuilder), typeof(string[]), typeof(string), typeof(bool)])!;

    private static readonly MethodInfo HasOwnJsonSchema =
        typeof(ThreadsJsonSchemaExtensions).GetMethod(nameof(ThreadsJsonSchemaExtensions.HasJsonSchema), [typeof(EntityTypeBuilder)])!;

    private static readonly MethodInfo ToTable =
        typeof(RelationalEntityTypeBuilderExtensions).GetMethod(nameof(RelationalEntityTypeBuilderExtensions.ToTable), [typeof(EntityTypeBuilder), typeof(Action<TableBuilder>)])!;

    private static readonly MethodInfo HasCheckConstraint = typeof(TableBuilder).GetMethod(nameof(TableBuilder.HasCheckConstraint), [typeof(string), typeof(string)])!;

    public override IReadOnlyList<MethodCallCodeFragment> GenerateFluentApiCalls(IEntityType entityType, IDictionary<string, IAnnotation> annotations)
    {
        var calls = new List<MethodCallCodeFragment>(base.GenerateFluentApiCalls(entityType, annotations));
        if (annotations.Remove(ThreadsAnnotationNames.Access, out var access) && access.Value is string list)
        {
            calls.Add(new MethodCallCodeFragment(HasAccess, list));
        }

        if (annotations.Remove(ThreadsAnnotationNames.JsonSchema, out var schema) && schema.Value is string text)
        {
            calls.Add(text.Length == 0 ? new MethodCallCodeFragment(HasOwnJsonSchema) : new MethodCallCodeFragment(HasJsonSchema, text));
        }

        foreach (var index in JsonIndex.Of(entityType).Where(i => annotations.Remove(ThreadsAnnotationNames.JsonIndex + i.Name)))
        {
            calls.Add(new MethodCallCodeFragment(HasJsonIndex, index.Members.ToArray(), index.Name, index.IsUnique));
        }

        // Scaffolded: EF Core's own model of a database has no place for them.
        var checks = annotations.Keys.Where(k => k.StartsWith(ThreadsAnnotationNames.CheckConstraint, StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        if (checks.Count > 0)
        {
            calls.Add(new MethodCallCodeFragment(ToTable, new NestedClosureCodeFragment(
                "t", [.. checks.Select(k => new MethodCallCodeFragment(HasCheckConstraint, k[ThreadsAnnotationNames.CheckConstraint.Length..], annotations[k].Value))])));
            checks.ForEach(k => annotations.Remove(k));
        }

        return calls;
    }

    public override IReadOnlyList<MethodCallCodeFragment> GenerateFluentApiCalls(IProperty property, IDictionary<string, IAnnotation> annotations)
    {
        var calls = new List<MethodCallCodeFragment>(base.GenerateFluentApiCalls(property, annotations));
        if (annotations.TryGetValue(ThreadsAnnotationNames.ValueGenerationStrategy, out var annotation)
            && annotation.Value is ThreadsValueGenerationStrategy and not ThreadsValueGenerationStrategy.None)
        {
            annotations.Remove(ThreadsAnnotationNames.ValueGenerationStrategy);
            calls.Add(new MethodCallCodeFragment(annotation.Value is ThreadsValueGenerationStrategy.Ulid ? HasUlid : UseAutoincrement));
        }

        if (annotations.Remove(ThreadsAnnotationNames.Merge, out var merge) && merge.Value is string kind)
        {
            calls.Add(new MethodCallCodeFragment(property.IsPrimitiveCollection ? HasElementsMerge : HasMerge, kind));
        }

        return calls;
    }
}
