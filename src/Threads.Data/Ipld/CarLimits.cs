namespace Threads.Data.Ipld;

/// <summary>What a <see cref="CarReader"/> accepts at most.</summary>
internal sealed record CarLimits
{
    public static CarLimits Default { get; } = new();

    /// <summary>Bytes of one block, without its CID.</summary>
    public int MaxBlockSizeBytes { get; init; } = 64 << 20;

    /// <summary>Bytes of the header; a root takes 41 or so.</summary>
    public int MaxHeaderSizeBytes { get; init; } = 1 << 20;
}
