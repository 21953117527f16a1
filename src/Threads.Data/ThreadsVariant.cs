namespace Threads.Data;

/// <summary>What kind of thread a new database becomes; its id says so for ever.</summary>
public enum ThreadsVariant
{
    /// <summary>Whoever holds the keys may write.</summary>
    Raw,

    /// <summary>Roles and grants, recorded in the thread itself, say who may do what.</summary>
    AccessControlled,
}
