namespace Threads.Data.Storage;

/// <summary>Numbers in <c>_threads_key.kind</c>.</summary>
internal enum KeyKind
{
    Replica = 1,
    Read = 2,
    LogPrivate = 3,
    IdentityPrivate = 4,

    /// <summary>A read key of a rotation; named in the column <c>id</c>.</summary>
    RotatedRead = 5,
}
