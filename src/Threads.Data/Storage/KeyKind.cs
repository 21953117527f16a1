namespace Threads.Data.Storage;

/// <summary>Numbers in <c>_threads_key.kind</c>.</summary>
internal enum KeyKind
{
    Replica = 1,
    Read = 2,
    LogPrivate = 3,
    IdentityPrivate = 4,
}
