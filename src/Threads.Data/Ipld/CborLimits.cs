namespace Threads.Data.Ipld;

/// <summary>What a <see cref="CborReader"/> accepts at most. Lengths need no limit of their own: none may reach beyond the data.</summary>
internal sealed record CborLimits
{
    public static CborLimits Default { get; } = new();

    /// <summary>How many arrays and maps may be open at once.</summary>
    public int MaxDepth { get; init; } = 64;
}
