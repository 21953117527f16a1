namespace Threads.Data.Identity;

/// <summary>Why bytes or text are no thread id.</summary>
internal enum ThreadIdError
{
    None,
    /// <summary>The bytes end inside version or variant.</summary>
    Truncated,
    VarintNotMinimal,
    VarintTooLong,
    UnknownVersion,
    UnknownVariant,
    RandomTooShort,
    RandomTooLong,
    /// <summary>The text does not begin with a known multibase prefix.</summary>
    UnknownMultibase,
    /// <summary>The text holds something its multibase does not.</summary>
    Text,
}
