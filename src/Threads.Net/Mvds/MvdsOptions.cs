namespace Threads.Net.Mvds;

/// <summary>What a new message begins with. Whoever receives takes either at any time.</summary>
public enum MvdsMode
{
    /// <summary>The message itself: two records in all, one way to delivery.</summary>
    Batch,

    /// <summary>An offer: four records in all, three ways to delivery, and content goes only to who lacks it.</summary>
    Interactive,
}

/// <summary>Parameters and limits of <see cref="MvdsSession"/>.</summary>
public sealed record MvdsOptions
{
    /// <summary>What new messages begin with.</summary>
    public MvdsMode Mode { get; init; } = MvdsMode.Batch;

    /// <summary>How fields are numbered on the wire.</summary>
    public MvdsProfile Profile { get; init; }

    /// <summary>The epoch in which something that was sent for the n-th time (from 1) in an epoch is sent again.</summary>
    public Func<long, int, long> NextEpoch { get; init; } = Sawtooth;

    /// <summary>Up to so many epochs later an acknowledgement goes out, together with others: telling when something was read tells something.</summary>
    public int AckDelayEpochs { get; init; }

    /// <summary>A payload ends with the message that reaches this size.</summary>
    public int MaxPayloadBytes { get; init; } = 256 * 1024;

    /// <summary>Ids and messages in a payload.</summary>
    public int MaxPayloadItems { get; init; } = 1024;

    /// <summary>Offers, requests and messages that are under way with one peer; more of its offers are left unanswered until there is room.</summary>
    public int MaxStates { get; init; } = 100_000;

    /// <summary>Requests that are served in one epoch: a request is cheap, its answer is not.</summary>
    public int MaxRequestsPerEpoch { get; init; } = 1024;

    /// <summary>Whether messages wait for their parents, so that they are delivered in causal order (M-MOB-1).</summary>
    public bool IsCausal { get; init; }

    /// <summary>Messages that wait for parents; more are dropped, and come again.</summary>
    public int MaxHeld { get; init; } = 10_000;

    /// <summary>Our back-off: 1, 2, 4 … 256 epochs later, then from 1 again, so that it never grows too far (M-RETX-2).</summary>
    public static long Sawtooth(long epoch, int count) => epoch + (1L << ((count - 1) % 9));

    /// <summary>The Go reference's: 2, 4, 6 … epochs later.</summary>
    public static long Linear(long epoch, int count) => epoch + (2L * count);

    /// <summary>Spreads another back-off by up to a quarter, so that those who lost each other don't all come back at once.</summary>
    /// <param name="backOff">The one to spread.</param>
    /// <param name="next">A number from 0 to below its argument, from the caller's generator.</param>
    public static Func<long, int, long> WithJitter(Func<long, int, long> backOff, Func<int, int> next) => (epoch, count) =>
    {
        var due = backOff(epoch, count);
        return due + next((int)Math.Min((due - epoch) / 4, int.MaxValue - 1) + 1);
    };
}

/// <summary>What is under way with a peer about one message (M-STATE-1). Acknowledgements are never kept.</summary>
public enum MvdsStateType
{
    /// <summary>It is offered to the peer.</summary>
    Offer = 1,

    /// <summary>It is wanted from the peer.</summary>
    Request = 2,

    /// <summary>It is sent to the peer.</summary>
    Message = 3,
}

/// <summary>One line of a session's state.</summary>
/// <param name="Id">The message.</param>
/// <param name="Type">What is under way.</param>
/// <param name="SendCount">How often it was sent.</param>
/// <param name="SendEpoch">When it is sent next.</param>
public sealed record MvdsState(MvdsId Id, MvdsStateType Type, int SendCount, long SendEpoch);

/// <summary>What a received payload held that was out of place, and what became of it: a peer may say anything, and is told nothing for it.</summary>
public enum MvdsRemark
{
    /// <summary>A message of another group: dropped.</summary>
    OtherGroup,

    /// <summary>An acknowledgement of something that was never sent to this peer: ignored.</summary>
    AckOfNothing,

    /// <summary>A request for something that is not here, or not for this peer: ignored.</summary>
    RequestOfNothing,

    /// <summary>More requests than one epoch serves: the rest is left, the peer asks again.</summary>
    TooManyRequests,

    /// <summary>No room for another offer: left, the peer offers again.</summary>
    TooManyStates,

    /// <summary>No room for another message that waits for its parents: dropped, the peer sends it again.</summary>
    TooManyHeld,

    /// <summary>A message that nobody asked for: taken, since batch mode is anybody's choice.</summary>
    Unrequested,

    /// <summary>A message that was here already: acknowledged again, not delivered again.</summary>
    Repeated,
}
