namespace Microsoft.EntityFrameworkCore.Metadata;

/// <summary>Who makes the values of a key.</summary>
public enum ThreadsValueGenerationStrategy
{
    /// <summary>The application, or EF Core's own generators (version 7 for a <see cref="Guid"/>).</summary>
    None,

    /// <summary>The database, when the row is inserted: a number that no other row and no other peer has.</summary>
    Autoincrement,

    /// <summary>The context, when the entity is added: a ULID, 26 characters that sort by the time they were made.</summary>
    Ulid,
}
