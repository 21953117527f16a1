namespace Threads.Data.Ipld;

internal enum MultibaseStatus
{
    Ok,
    /// <summary>The text is empty or its first character names no encoding.</summary>
    UnknownPrefix,
    /// <summary>A character outside the alphabet, wrong padding, an impossible length or bits left over.</summary>
    Malformed,
    /// <summary>The bytes do not fit where they should go.</summary>
    TooLong,
}
