namespace Threads.Data;

/// <summary>
/// What somebody may do with a thread, a collection or an entity (Threads whitepaper, 5.4.2); each is added to the others. A list names exactly these: who was granted
/// <see cref="Write"/> and loses it has no role left, and reads no more.
/// </summary>
[Flags]
public enum ThreadRoles
{
    /// <summary>No access: what holds for everybody a list does not name.</summary>
    None = 0,

    /// <summary>Keep records, verify and pass them on, without reading.</summary>
    Replicate = 1,

    /// <summary>Read; implies <see cref="Replicate"/>.</summary>
    Read = 2,

    /// <summary>Create and change rows; implies <see cref="Read"/>.</summary>
    Write = 4,

    /// <summary>Delete rows; implies <see cref="Replicate"/>.</summary>
    Delete = 8,

    /// <summary>Erase rows for good, history included; implies <see cref="Delete"/>.</summary>
    Erase = 16,

    /// <summary>Change the lists themselves, at the thread only; implies all others.</summary>
    Admin = 32,
}
