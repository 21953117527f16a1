using Microsoft.Extensions.Logging;

namespace Microsoft.EntityFrameworkCore.Diagnostics;

/// <summary>Events of this provider, for <c>ConfigureWarnings</c> and log filters. Their numbers are those of EF Core's SQLite provider.</summary>
public static class ThreadsEventId
{
    /// <summary>An entity type has a schema, which SQLite ignores.</summary>
    public static readonly EventId SchemaConfiguredWarning = Validation(0, nameof(SchemaConfiguredWarning));

    /// <summary>The model has a sequence, which SQLite does not have.</summary>
    public static readonly EventId SequenceConfiguredWarning = Validation(1, nameof(SequenceConfiguredWarning));

    /// <summary>An integer in a key of several columns is to be generated, which SQLite does only for a key of one.</summary>
    public static readonly EventId CompositeKeyWithValueGeneration = Validation(2, nameof(CompositeKeyWithValueGeneration));

    /// <summary>A connection of another provider is used; queries will miss the functions they call.</summary>
    public static readonly EventId UnexpectedConnectionTypeWarning =
        new(CoreEventId.ProviderBaseId + 100, DbLoggerCategory.Infrastructure.Name + "." + nameof(UnexpectedConnectionTypeWarning));

    /// <summary>An operation runs while the rebuild of a table is still to come; it sees the table as it was.</summary>
    public static readonly EventId TableRebuildPendingWarning =
        new(CoreEventId.ProviderBaseId + 200, DbLoggerCategory.Migrations.Name + "." + nameof(TableRebuildPendingWarning));

    /// <summary>Scaffolding found a column.</summary>
    public static readonly EventId ColumnFound = Scaffolding(0, nameof(ColumnFound));

    /// <summary>Scaffolding found a foreign key.</summary>
    public static readonly EventId ForeignKeyFound = Scaffolding(1, nameof(ForeignKeyFound));

    /// <summary>A foreign key names a column its principal table does not have; it is skipped.</summary>
    public static readonly EventId ForeignKeyPrincipalColumnMissingWarning = Scaffolding(2, nameof(ForeignKeyPrincipalColumnMissingWarning));

    /// <summary>A foreign key names a table that is not scaffolded; it is skipped.</summary>
    public static readonly EventId ForeignKeyReferencesMissingTableWarning = Scaffolding(3, nameof(ForeignKeyReferencesMissingTableWarning));

    /// <summary>Scaffolding found an index.</summary>
    public static readonly EventId IndexFound = Scaffolding(4, nameof(IndexFound));

    /// <summary>A table that was asked for does not exist.</summary>
    public static readonly EventId MissingTableWarning = Scaffolding(5, nameof(MissingTableWarning));

    /// <summary>Scaffolding found a primary key.</summary>
    public static readonly EventId PrimaryKeyFound = Scaffolding(6, nameof(PrimaryKeyFound));

    /// <summary>Schemas were asked for, which SQLite does not have.</summary>
    public static readonly EventId SchemasNotSupportedWarning = Scaffolding(7, nameof(SchemasNotSupportedWarning));

    /// <summary>Scaffolding found a table.</summary>
    public static readonly EventId TableFound = Scaffolding(8, nameof(TableFound));

    /// <summary>Scaffolding found a unique constraint.</summary>
    public static readonly EventId UniqueConstraintFound = Scaffolding(9, nameof(UniqueConstraintFound));

    private static EventId Validation(int offset, string name) => new(CoreEventId.ProviderBaseId + offset, DbLoggerCategory.Model.Validation.Name + "." + name);

    private static EventId Scaffolding(int offset, string name) => new(CoreEventId.ProviderDesignBaseId + offset, DbLoggerCategory.Scaffolding.Name + "." + name);
}
