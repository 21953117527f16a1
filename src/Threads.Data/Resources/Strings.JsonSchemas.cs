namespace Threads.Data.Resources;

internal static partial class Strings
{
    public static string JsonSchemaText(string why) => Get("JsonSchemas_Text", why);

    public static string JsonSchemaAt(string pointer, string why) => Get("JsonSchemas_At", pointer, why);

    public static string JsonSchemaDialect() => Get("JsonSchemas_Dialect");

    public static string JsonSchemaReference(string reference) => Get("JsonSchemas_Reference", reference);

    public static string JsonSchemaTooLarge(int limit) => Get("JsonSchemas_TooLarge", limit);

    public static string JsonSchemaNoSchema() => Get("JsonSchemas_NoSchema");

    public static string JsonSchemaUri() => Get("JsonSchemas_Uri");

    public static string JsonSchemaStep() => Get("JsonSchemas_Step");

    public static string JsonSchemaKind(string kind) => Get("JsonSchemas_Kind", kind);

    public static string JsonSchemaType(string type, string known) => Get("JsonSchemas_Type", type, known);

    public static string JsonSchemaPattern(string pattern) => Get("JsonSchemas_Pattern", pattern);

    public static string JsonSchemaCircle() => Get("JsonSchemas_Circle");

    public static string JsonSchemaError(string path, string rule, string message) => Get("JsonSchemas_Error", path, rule, message);

    /// <summary>What a rule wants.</summary>
    public static string JsonSchemaRule(string rule, params ReadOnlySpan<object?> values) => Get("JsonSchemas_Rule_" + rule, values);

    public static string JsonSchemaRow(string entity, string table, string key, string errors, int more)
        => more > 0 ? Get("JsonSchemas_RowMany", entity, table, key, errors, more) : Get("JsonSchemas_Row", entity, table, key, errors);

    public static string JsonSchemaColumn() => Get("JsonSchemas_Column");
}
