using Threads.Data.Capture;

namespace Threads.Data.Views;

/// <summary>A unique key of a shared table: its primary key, or a unique index, of which each row claims at most one value.</summary>
internal sealed class UniqueKey
{
    /// <summary>Collection and number; valid while the schema stands.</summary>
    public required long Id { get; init; }

    public required TableSchema Table { get; init; }

    /// <summary>The same on every peer: "UNIQUE users(mail)".</summary>
    public required string Name { get; init; }

    /// <summary>What SQLite would say: "UNIQUE constraint failed: users.mail".</summary>
    public required string Reason { get; init; }

    /// <summary>Columns, quoted, or expressions.</summary>
    public required string[] Parts { get; init; }

    /// <summary>The columns behind <see cref="Parts"/>; null where a part is an expression.</summary>
    public required string?[] Columns { get; init; }

    public required string[] Collations { get; init; }

    /// <summary>Affinity of each part, by which a reference's values are compared: one of INTEGER, TEXT, REAL, NUMERIC, BLOB.</summary>
    public required string[] Affinities { get; init; }

    /// <summary>A partial index: only rows of which this is true claim anything.</summary>
    public required string? Where { get; init; }

    public required bool IsPrimary { get; init; }

    /// <summary>References whose parents are found by this key.</summary>
    public List<Reference> Referrers { get; } = [];

    /// <summary>Where a part of this alias has its value, as the index compares it.</summary>
    public string Compared(int part) => IsPrimary && Parts.Length == 1 && Collations[0] == "BINARY" ? Parts[0] : $"{Parts[part]} COLLATE \"{Collations[part]}\"";
}

/// <summary>A foreign key of a shared table that points to a shared table.</summary>
internal sealed class Reference
{
    /// <summary>Collection and number; valid while the schema stands.</summary>
    public required long Id { get; init; }

    public required TableSchema Child { get; init; }

    /// <summary>The same on every peer: "FOREIGN KEY orders(user) -> users(id)".</summary>
    public required string Name { get; init; }

    /// <summary>"FOREIGN KEY constraint failed: orders.user".</summary>
    public required string Reason { get; init; }

    /// <summary>The child's columns, in the order of the target's parts.</summary>
    public required ColumnSchema[] Columns { get; init; }

    public required UniqueKey Target { get; init; }

    /// <summary>SET NULL or SET DEFAULT: a missing parent shows NULL instead of holding the row back (FINDINGS 1a5).</summary>
    public required bool IsSoft { get; init; }

    /// <summary>Child and parent columns convert values differently.</summary>
    public required bool Converts { get; init; }
}

/// <summary>What holds the rows of a table together: its unique keys, and the references from and to it.</summary>
internal sealed class TableConstraints
{
    public required TableSchema Table { get; init; }

    public required UniqueKey[] Uniques { get; init; }

    public required Reference[] References { get; init; }

    /// <summary>The affinity of each of <see cref="TableSchema.Columns"/>.</summary>
    public required string[] Affinities { get; init; }

    /// <summary>The table's own CREATE TABLE.</summary>
    public required string Definition { get; init; }

    /// <summary>Columns that a unique key other than the primary one, its condition, or a reference reads; a save of others changes no claim.</summary>
    public required HashSet<string> Relevant { get; init; }

    /// <summary>All of it as text: two schemas with the same text constrain alike.</summary>
    public required string Text { get; init; }

    public bool IsReferenced => Array.Exists(Uniques, u => u.Referrers.Count > 0);

    public UniqueKey Primary => Uniques[0];
}
