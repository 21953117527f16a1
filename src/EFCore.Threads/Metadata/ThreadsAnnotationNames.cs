namespace Microsoft.EntityFrameworkCore.Threads.Metadata;

/// <summary>Names of this provider's annotations in models and migrations.</summary>
internal static class ThreadsAnnotationNames
{
    public const string Prefix = "Threads:";
    public const string Autoincrement = Prefix + "Autoincrement";
    public const string ValueGenerationStrategy = Prefix + "ValueGenerationStrategy";
    public const string UseSqlReturningClause = Prefix + "UseSqlReturningClause";

    /// <summary>On an entity type and on its table, with the index's name behind it: an index over members of JSON columns.</summary>
    public const string JsonIndex = Prefix + "JsonIndex:";

    /// <summary>On a scaffolded table, with the constraint's name behind it: the condition of a CHECK.</summary>
    public const string CheckConstraint = Prefix + "CheckConstraint:";

    /// <summary>At run time, on a property: its column's collation where it is not SQLite's own.</summary>
    public const string Collation = Prefix + "Collation";

    /// <summary>On an entity type: the JSON Schema of its rows; empty: the one its model makes.</summary>
    public const string JsonSchema = Prefix + "JsonSchema";

    /// <summary>On an entity type: the list its table begins with, as JSON of principals and roles.</summary>
    public const string Access = Prefix + "Access";

    /// <summary>On a property and on its column: the name of its merge kind.</summary>
    public const string Merge = Prefix + "Merge";

    /// <summary>At run time, on a property: which value the statement that writes it makes.</summary>
    public const string DatabaseMade = Prefix + "DatabaseMade";

    /// <summary>On a column operation: it is the table's whole primary key, written with the column.</summary>
    public const string InlinePrimaryKey = Prefix + "InlinePrimaryKey";
    public const string InlinePrimaryKeyName = Prefix + "InlinePrimaryKeyName";

    /// <summary>What migrations scaffolded for EF Core's SQLite provider carry; read, never written.</summary>
    public const string SqliteAutoincrement = "Sqlite:Autoincrement";
    public const string OldAutoincrement = "Autoincrement";
}
