using Threads.Net.Mvds;

namespace Threads.Net;

/// <summary>How the records of a served thread travel. Both sides need the same.</summary>
public enum SyncPolicy
{
    /// <summary>Each side says how far it is and gets what it lacks, in pages of many records: the fastest over anything that stays connected for a while.</summary>
    Pages,

    /// <summary>
    /// By MVDS: each record is a message that is sent until it was acknowledged, and what is under way with each peer is kept in the file. It loses nothing over links that break all the time, and speaks the same
    /// language as <see cref="MvdsThread"/> over files and messengers; it costs a file write for each exchange.
    /// </summary>
    Mvds,
}

/// <summary>How a thread is served.</summary>
public sealed record ServeOptions
{
    /// <summary>How its records travel.</summary>
    public SyncPolicy Policy { get; init; }

    /// <summary>Parameters of <see cref="SyncPolicy.Mvds"/>; both sides need the same profile.</summary>
    public MvdsOptions Mvds { get; init; } = new() { IsCausal = true };

    /// <summary>The unit in which <see cref="MvdsOptions.NextEpoch"/> counts: how soon something that was not acknowledged is sent again.</summary>
    public TimeSpan Epoch { get; init; } = TimeSpan.FromSeconds(1);
}
