namespace Threads.Data.Records;

/// <summary>How large the blocks of a record may be.</summary>
internal sealed record RecordLimits
{
    public static RecordLimits Default { get; } = new();

    /// <summary>Of the sealed body. go-threads' CBOR library reads no byte string above this size.</summary>
    public int MaxBodyBytes { get; init; } = 33_554_432;

    /// <summary>Of the sealed header; ours has 67 bytes.</summary>
    public int MaxHeaderBytes { get; init; } = 1024;
}
