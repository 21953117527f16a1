using Threads.Data.JsonSchemas;

namespace Threads.Data;

public sealed partial class LocalThread
{
    /// <summary>
    /// Holds the rows of a table to a JSON Schema of draft-07: a transaction that would leave a row which breaks it is refused at its commit
    /// (<see cref="ThreadsErrorCode.JsonSchema"/>), whoever writes here. The schema stays in the file; other peers' rows are not asked. Columns are members by their
    /// names; a NULL is no member unless the schema of that member allows null; BOOLEAN columns are true and false, JSON columns what they hold.
    /// </summary>
    /// <param name="table">The table, which may be made later.</param>
    /// <param name="schema">The schema; null: none any more.</param>
    /// <exception cref="ThreadsException">The text is no schema that can be enforced.</exception>
    public void SetJsonSchema(string table, string? schema)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(table);
        if (schema is not null)
        {
            JsonSchema.Parse(schema);
        }

        _connection.Guarded(() => Writing(() =>
        {
            Core.RowSchemas.Set(table, schema is null ? [] : [new TableSchemaRule { Table = table, Entity = table, Schema = schema }]);
            return true;
        }));
    }

    /// <summary>
    /// Declares what a program knows of its tables for this connection, before it writes; it goes into the file with the next transaction, for connections that declare
    /// nothing. The same object again costs nothing, so call it whenever the connection opens.
    /// </summary>
    public void UseJsonSchemas(TableSchemaRules rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        Core.RowSchemas.Declare(rules);
    }
}
