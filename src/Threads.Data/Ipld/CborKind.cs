namespace Threads.Data.Ipld;

/// <summary>What the next item of a <see cref="CborReader"/> is.</summary>
internal enum CborKind
{
    /// <summary>The data ends here.</summary>
    End,
    Null,
    Boolean,
    Integer,
    Double,
    Text,
    Bytes,
    Array,
    Map,
    Link,
}
