using System.Runtime.CompilerServices;

namespace Threads.Data.Ipld;

/// <summary>An array or map that a <see cref="CborReader"/> is inside of.</summary>
internal struct CborFrame
{
    /// <summary>Items to come; a key counts as one, so an even number in a map means that a key is next.</summary>
    public long Remaining;

    /// <summary>Where the last key stands, head included; its length is 0 before the first key.</summary>
    public int KeyStart;

    /// <inheritdoc cref="KeyStart"/>
    public int KeyLength;

    public bool IsMap;
}

/// <summary>Room for the usual depth inside the reader itself, so that reading a record allocates nothing.</summary>
[InlineArray(InlineDepth)]
internal struct CborFrames
{
    public const int InlineDepth = 8;

    private CborFrame _first;
}
