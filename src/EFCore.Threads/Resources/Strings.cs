using System.Globalization;
using System.Resources;

namespace Microsoft.EntityFrameworkCore.Threads.Resources;

/// <summary>The texts of Strings.resx.</summary>
internal static class Strings
{
    private static readonly ResourceManager Texts = new("Microsoft.EntityFrameworkCore.Threads.Resources.Strings", typeof(Strings).Assembly);

    public static string ApplyNotSupported => Get(nameof(ApplyNotSupported));

    public static string AccessList(object? value0) => Format(nameof(AccessList), value0);

    public static string SequencesNotSupported => Get(nameof(SequencesNotSupported));

    public static string StoredProceduresNotSupported(object? value0) => Format(nameof(StoredProceduresNotSupported), value0);

    public static string InvalidMigrationOperation(object? value0) => Format(nameof(InvalidMigrationOperation), value0);

    public static string MigrationScriptGenerationNotSupported => Get(nameof(MigrationScriptGenerationNotSupported));

    public static string IncompatibleSqlReturningClauseMismatch(object? value0, object? value1, object? value2, object? value3, object? value4) => Format(nameof(IncompatibleSqlReturningClauseMismatch), value0, value1, value2, value3, value4);

    public static string SchemaConfigured => Get(nameof(SchemaConfigured));

    public static string SequenceConfigured => Get(nameof(SequenceConfigured));

    public static string CompositeKeyWithValueGeneration => Get(nameof(CompositeKeyWithValueGeneration));

    public static string UnexpectedConnectionType => Get(nameof(UnexpectedConnectionType));

    public static string TableRebuildPending => Get(nameof(TableRebuildPending));

    public static string ScaffoldingFound => Get(nameof(ScaffoldingFound));

    public static string MissingTable => Get(nameof(MissingTable));

    public static string SchemasNotSupported => Get(nameof(SchemasNotSupported));

    public static string ForeignKeyReferencesMissingTable => Get(nameof(ForeignKeyReferencesMissingTable));

    public static string ForeignKeyPrincipalColumnMissing => Get(nameof(ForeignKeyPrincipalColumnMissing));

    public static string TextNotEditable(object? value0, object? value1) => Format(nameof(TextNotEditable), value0, value1);

    public static string TextAssigned(object? value0, object? value1) => Format(nameof(TextAssigned), value0, value1);

    public static string KeyTooLong(object? value0) => Format(nameof(KeyTooLong), value0);

    public static string JsonSchemaWithoutTable(object? value0) => Format(nameof(JsonSchemaWithoutTable), value0);

    public static string JsonSchemaOfSeveralTables(object? value0) => Format(nameof(JsonSchemaOfSeveralTables), value0);

    public static string StoreValueType(object? value0) => Format(nameof(StoreValueType), value0);

    public static string StoreNoObject(object? value0) => Format(nameof(StoreNoObject), value0);

    public static string StoreNoJson(object? value0) => Format(nameof(StoreNoJson), value0);

    public static string StorePath(object? value0) => Format(nameof(StorePath), value0);

    public static string MergeType(object? value0, object? value1, object? value2, object? value3) => Format(nameof(MergeType), value0, value1, value2, value3);

    public static string MergeMembers(object? value0) => Format(nameof(MergeMembers), value0);

    public static string MergeNotOfColumn(object? value0, object? value1, object? value2) => Format(nameof(MergeNotOfColumn), value0, value1, value2);

    public static string JsonIndexMember(object? value0, object? value1) => Format(nameof(JsonIndexMember), value0, value1);

    public static string MigrationOperationFailed(object? value0, object? value1) => Format(nameof(MigrationOperationFailed), value0, value1);

    public static string HistoryWithoutKey(object? value0) => Format(nameof(HistoryWithoutKey), value0);

    public static string HistoryKey(object? value0, object? value1, object? value2) => Format(nameof(HistoryKey), value0, value1, value2);

    public static string ConflictWithoutTable(object? value0) => Format(nameof(ConflictWithoutTable), value0);

    public static string ConflictOfOtherTable(object? value0, object? value1) => Format(nameof(ConflictOfOtherTable), value0, value1);

    public static string ConflictWithoutRival(object? value0, object? value1, object? value2) => Format(nameof(ConflictWithoutRival), value0, value1, value2);

    public static string ConflictWithoutPolicy => Get(nameof(ConflictWithoutPolicy));

    public static string ConflictWithChanges => Get(nameof(ConflictWithChanges));

    private static string Get(string name)
        => Texts.GetString(name, CultureInfo.CurrentUICulture) ?? throw new MissingManifestResourceException($"Strings.resx has no text named '{name}'.");

    private static string Format(string name, params object?[] values) => string.Format(CultureInfo.InvariantCulture, Get(name), values);
}
