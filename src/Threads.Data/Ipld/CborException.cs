using Threads.Data.Resources;

namespace Threads.Data.Ipld;

/// <summary>Bytes are not strict deterministic DAG-CBOR (IPLD DAG-CBOR specification, "Strictness"), or not of the form expected.</summary>
public sealed class CborException : Exception
{
    internal CborException(CborError error, long offset, string? detail = null)
        : base(Strings.Cbor(error.ToString(), offset, detail))
    {
        Error = error;
        Offset = offset;
    }

    /// <summary>What is wrong; match on this, not on the text.</summary>
    public CborError Error { get; }

    /// <summary>Position of the offending item, in bytes from the start of the block.</summary>
    public long Offset { get; }
}
