namespace Threads.Data.Events;

/// <summary>What an event does; the numbers are on the wire (docs/format.md).</summary>
public enum EventKind
{
    /// <summary>An entity comes to be, or comes back: carries every column.</summary>
    Create = 0,

    /// <summary>Some paths of an entity get new values.</summary>
    Save = 1,

    /// <summary>An entity goes.</summary>
    Delete = 2,

    /// <summary>Many entities get the same new values for the same paths.</summary>
    SaveMany = 3,

    /// <summary>Many entities go.</summary>
    DeleteMany = 4,

    /// <summary>A row that was held back gives way: its age is this event's time from now on. Carries the key alone.</summary>
    Release = 5,

    /// <summary>A log begins: thread, identity and a signature that binds them; alone in the record at position 1.</summary>
    Opening = 8,

    /// <summary>A log may give out the integer keys of a range.</summary>
    Range = 9,

    /// <summary>A collection or a column is known by another name: a table or column was renamed (decision 13).</summary>
    Alias = 10,

    /// <summary>The thread's first access list, or a change of its lists (docs/access.md).</summary>
    Access = 11,

    /// <summary>A chain of capabilities, by which its holder may do what the lists don't say (docs/access.md).</summary>
    Capability = 12,

    /// <summary>A peer shows the token of an invitation (docs/access.md).</summary>
    Join = 13,
}
