namespace Threads.Data;

/// <summary>A row of a shared table that is not what the records say: another SQLite tool wrote it.</summary>
/// <param name="Table">The table.</param>
/// <param name="Key">The row's key as SQL literals, a composite one in the key's order; <c>?</c> where the tool's statement left none behind.</param>
/// <param name="Kind">What the row is against the records.</param>
public sealed record OutsideChange(string Table, string Key, OutsideChangeKind Kind);

/// <summary>How a row differs from the records.</summary>
public enum OutsideChangeKind
{
    /// <summary>No record knows the row.</summary>
    Added,

    /// <summary>The records say other values.</summary>
    Changed,

    /// <summary>The records have the row, the table has not.</summary>
    Removed,

    /// <summary>The row was written by another tool; whether it still differs is not looked at.</summary>
    Written,
}
