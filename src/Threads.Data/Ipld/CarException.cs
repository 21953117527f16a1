using Threads.Data.Resources;

namespace Threads.Data.Ipld;

/// <summary>A stream is no CAR file (content-addressable archive, version 1), or one of its blocks is not what its CID says.</summary>
public sealed class CarException : Exception
{
    internal CarException(CarError error, long offset, object? detail = null, Exception? inner = null)
        : base(Strings.Car(error.ToString(), offset, detail), inner)
    {
        Error = error;
        Offset = offset;
    }

    /// <summary>What is wrong; match on this, not on the text.</summary>
    public CarError Error { get; }

    /// <summary>Where the header or block that is refused begins, in bytes from where reading began.</summary>
    public long Offset { get; }
}
