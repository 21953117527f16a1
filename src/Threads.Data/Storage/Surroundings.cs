using Threads.Data.Cryptography;

namespace Threads.Data.Storage;

/// <summary>All of the world that a database looks at: its clock, its chance, its files' identity. The simulator gives its own.</summary>
internal sealed record Surroundings
{
    public TimeProvider Time { get; init; } = TimeProvider.System;

    public IRandomSource Random { get; init; } = SystemRandomSource.Instance;

    /// <summary>What tells a file from its copies, by path.</summary>
    public Func<string?, byte[]?> Identify { get; init; } = FileIdentity.Of;
}
