namespace Threads.Data.Ipld;

/// <summary>Why bytes are not strict deterministic DAG-CBOR, or a value has no such form.</summary>
public enum CborError
{
    /// <summary>The data ends inside an item, or inside an open array or map.</summary>
    EndOfData,
    /// <summary>There are bytes behind the one item of a block.</summary>
    TrailingBytes,
    /// <summary>An integer, length or tag number takes more bytes than it needs.</summary>
    NotMinimal,
    /// <summary>An indefinite length, or the break that ends one.</summary>
    IndefiniteLength,
    /// <summary>Additional information 28, 29 or 30, which CBOR reserves.</summary>
    ReservedInformation,
    /// <summary>A length or count says more than the data holds.</summary>
    LengthBeyondData,
    /// <summary>An integer the caller's type can't hold.</summary>
    IntegerOutOfRange,
    /// <summary>A half or single precision number; DAG-CBOR has 64-bit ones only.</summary>
    FloatNot64Bits,
    /// <summary>NaN or an infinity.</summary>
    FloatNotFinite,
    /// <summary>A tag other than 42.</summary>
    UnsupportedTag,
    /// <summary>undefined, or a simple value that is not false, true or null.</summary>
    UnsupportedSimpleValue,
    /// <summary>A map key that is not text.</summary>
    KeyNotText,
    /// <summary>Map keys not ordered by length and then bytewise.</summary>
    KeyOrder,
    /// <summary>A map key that occurs twice.</summary>
    DuplicateKey,
    /// <summary>Text that is not UTF-8, or, when writing, holds a lone surrogate.</summary>
    InvalidText,
    /// <summary>Tag 42 not followed by a byte string of 00 and a CID.</summary>
    InvalidLink,
    /// <summary>Arrays and maps nested deeper than <see cref="CborLimits.MaxDepth"/>.</summary>
    TooDeep,
    /// <summary>A well-formed item of another kind than the caller reads.</summary>
    UnexpectedKind,
}
