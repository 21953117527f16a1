namespace Threads.Data.Identity;

/// <summary>What a thread id promises about the thread (Threads whitepaper, 3.2.2). The values are the multicodecs in its bytes.</summary>
public enum ThreadVariant
{
    /// <summary>Nothing beyond the keys: who holds them reads and writes.</summary>
    Raw = 0x55,

    /// <summary>Every reader applies an access list, named by the random component, before believing an event.</summary>
    AccessControlled = 0x70,
}
