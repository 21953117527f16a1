namespace Threads.Data;

/// <summary>When SQLite waits for the disk (https://www.sqlite.org/pragma.html#pragma_synchronous).</summary>
public enum ThreadsSynchronous
{
    /// <summary>Never: a power failure may damage the file.</summary>
    Off = 0,

    /// <summary>At checkpoints: a power failure may lose the last commits, the file stays whole.</summary>
    Normal = 1,

    /// <summary>At every commit: what was committed is there after a power failure.</summary>
    Full = 2,
}
