using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Threads.Metadata;
using Threads.Data;
using Threads.Data.JsonSchemas;

namespace Microsoft.EntityFrameworkCore;

/// <summary>JSON Schemas (draft-07) that rows are held to before they are committed.</summary>
public static class ThreadsJsonSchemaExtensions
{
    /// <summary>
    /// Holds the rows of the type to a JSON Schema of draft-07. Whoever writes here is held to it, by SaveChanges, ExecuteUpdate or SQL: a transaction that would
    /// leave a row which breaks it is refused at its commit, with the path and the rule. Properties are members by their names, in the schema's spelling whatever the
    /// case; NULL is no member, unless the schema of that member allows null. Of a document store the schema is the document's.
    /// </summary>
    /// <exception cref="ThreadsException">The text is no schema that can be enforced (<see cref="ThreadsErrorCode.JsonSchemaText"/>).</exception>
    public static EntityTypeBuilder HasJsonSchema(this EntityTypeBuilder builder, string schema)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(schema);
        builder.Metadata.SetJsonSchema(schema);
        return builder;
    }

    /// <summary>Holds the rows of the type to the schema that <see cref="GetJsonSchema"/> makes of the model: types, nullability, lengths, and the data annotations that say more.</summary>
    public static EntityTypeBuilder HasJsonSchema(this EntityTypeBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Metadata.SetAnnotation(ThreadsAnnotationNames.JsonSchema, "");
        return builder;
    }

    /// <inheritdoc cref="HasJsonSchema(EntityTypeBuilder, string)"/>
    public static EntityTypeBuilder<TEntity> HasJsonSchema<TEntity>(this EntityTypeBuilder<TEntity> builder, string schema)
        where TEntity : class
        => (EntityTypeBuilder<TEntity>)HasJsonSchema((EntityTypeBuilder)builder, schema);

    /// <inheritdoc cref="HasJsonSchema(EntityTypeBuilder)"/>
    public static EntityTypeBuilder<TEntity> HasJsonSchema<TEntity>(this EntityTypeBuilder<TEntity> builder)
        where TEntity : class
        => (EntityTypeBuilder<TEntity>)HasJsonSchema((EntityTypeBuilder)builder);

    /// <summary>The schema that was given to the type, otherwise the one its model makes.</summary>
    public static string GetJsonSchema(this IReadOnlyEntityType entityType)
    {
        ArgumentNullException.ThrowIfNull(entityType);
        return entityType[ThreadsAnnotationNames.JsonSchema] is string { Length: > 0 } given ? given : ModelJsonSchema.Of(entityType);
    }

    /// <summary>Gives the type a schema; null takes it away.</summary>
    /// <exception cref="ThreadsException">The text is no schema that can be enforced.</exception>
    public static void SetJsonSchema(this IMutableEntityType entityType, string? schema)
    {
        ArgumentNullException.ThrowIfNull(entityType);
        entityType.SetOrRemoveAnnotation(ThreadsAnnotationNames.JsonSchema, schema is null ? null : JsonSchema.Parse(schema).Text);
    }
}
