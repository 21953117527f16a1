namespace Threads.Data.Resources;

internal static partial class Strings
{
    public static string Ado_SqliteError(object? code, object? message) => Get("Ado_SqliteError", code, message);

    public static string Ado_SqliteErrorWithoutText(object? text) => Get("Ado_SqliteErrorWithoutText", text);

    public static string Ado_ConnectionNotOpen(object? method) => Get("Ado_ConnectionNotOpen", method);

    public static string Ado_ConnectionStringInUse => Get("Ado_ConnectionStringInUse");

    public static string Ado_ReaderOpen => Get("Ado_ReaderOpen");

    public static string Ado_ReaderOpenForProperty(object? property) => Get("Ado_ReaderOpenForProperty", property);

    public static string Ado_ReaderClosed(object? method) => Get("Ado_ReaderClosed", method);

    public static string Ado_NoRow => Get("Ado_NoRow");

    public static string Ado_NullValue(object? ordinal) => Get("Ado_NullValue", ordinal);

    public static string Ado_AmbiguousColumn(object? name, object? first, object? second) => Get("Ado_AmbiguousColumn", name, first, second);

    public static string Ado_CommandTypeNotSupported(object? type) => Get("Ado_CommandTypeNotSupported", type);

    public static string Ado_ParameterDirectionNotSupported(object? direction) => Get("Ado_ParameterDirectionNotSupported", direction);

    public static string Ado_ParametersMissing(object? names) => Get("Ado_ParametersMissing", names);

    public static string Ado_ParameterAmbiguous(object? name) => Get("Ado_ParameterAmbiguous", name);

    public static string Ado_ParameterNameMissing => Get("Ado_ParameterNameMissing");

    public static string Ado_ParameterValueMissing(object? name) => Get("Ado_ParameterValueMissing", name);

    public static string Ado_ParameterNotFound(object? name) => Get("Ado_ParameterNotFound", name);

    public static string Ado_ParameterTypeExpected(object? type) => Get("Ado_ParameterTypeExpected", type);

    public static string Ado_TypeNotSupported(object? type) => Get("Ado_TypeNotSupported", type);

    public static string Ado_NaNNotSupported => Get("Ado_NaNNotSupported");

    public static string Ado_KeywordNotSupported(object? keyword) => Get("Ado_KeywordNotSupported", keyword);

    public static string Ado_ValueNotDefined(object? value, object? type) => Get("Ado_ValueNotDefined", value, type);

    public static string Ado_TransactionCompleted => Get("Ado_TransactionCompleted");

    public static string Ado_TransactionParallel => Get("Ado_TransactionParallel");

    public static string Ado_TransactionRequired => Get("Ado_TransactionRequired");

    public static string Ado_TransactionOfOtherConnection => Get("Ado_TransactionOfOtherConnection");

    public static string Ado_IsolationLevelNotSupported(object? level) => Get("Ado_IsolationLevelNotSupported", level);

    public static string Ado_ReturningReaderOpen(object? statement) => Get("Ado_ReturningReaderOpen", statement);

    public static string Ado_ImplicitTransactionOpen(object? statement) => Get("Ado_ImplicitTransactionOpen", statement);

    public static string Ado_DatabaseChangeNotSupported(object? database) => Get("Ado_DatabaseChangeNotSupported", database);

    public static string Ado_ConnectionStringMissing => Get("Ado_ConnectionStringMissing");

    public static string Ado_BatchEmpty => Get("Ado_BatchEmpty");

    public static string Ado_BackupIntoThread(object? file) => Get("Ado_BackupIntoThread", file);

    public static string Ado_BlobReadOnly(object? name) => Get("Ado_BlobReadOnly", name);

    public static string Ado_BlobSizeFixed(object? name, object? size) => Get("Ado_BlobSizeFixed", name, size);

    public static string Ado_BlobSeekBeforeStart(object? name) => Get("Ado_BlobSeekBeforeStart", name);

    public static string Ado_BlobRowGone(object? name, object? rowid) => Get("Ado_BlobRowGone", name, rowid);

    public static string Ado_SchemaCollectionUnknown(object? name) => Get("Ado_SchemaCollectionUnknown", name);

    public static string Ado_SchemaRestrictionsTooMany(object? name, object? count) => Get("Ado_SchemaRestrictionsTooMany", name, count);
}
