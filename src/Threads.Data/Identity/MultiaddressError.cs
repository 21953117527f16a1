namespace Threads.Data.Identity;

/// <summary>Why text or bytes are no multiaddress.</summary>
internal enum MultiaddressError
{
    None,
    Empty,
    /// <summary>The text does not begin with a slash.</summary>
    MissingSlash,
    UnknownProtocol,
    /// <summary>The protocol takes a value and none follows.</summary>
    MissingValue,
    /// <summary>What follows the protocol is no value of its kind.</summary>
    InvalidValue,
    /// <summary>The bytes end inside a part.</summary>
    Truncated,
    /// <summary>A code or length is not a varint in its shortest form.</summary>
    InvalidVarint,
    /// <summary>Longer than the limit.</summary>
    TooLong,
}
