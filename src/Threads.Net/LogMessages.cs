using Microsoft.Extensions.Logging;
using Threads.Data.Identity;

namespace Threads.Net;

/// <summary>What keeping threads in sync tells a logger (category "Threads.Net"). Keys and contents are never among it.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(EventId = 101, EventName = "ThreadRefused", Level = LogLevel.Debug, Message = "Peer {Peer} does not have the thread {Thread}, or not its key.")]
    public static partial void ThreadRefused(ILogger logger, PeerId peer, ThreadId thread);

    [LoggerMessage(EventId = 102, EventName = "SyncBegan", Level = LogLevel.Debug, Message = "Thread {Thread} is kept in sync with {Peer}.")]
    public static partial void SyncBegan(ILogger logger, ThreadId thread, PeerId peer);

    [LoggerMessage(EventId = 103, EventName = "SyncEnded", Level = LogLevel.Debug, Message = "Sync of {Thread} with {Peer} ended: {Reason}")]
    public static partial void SyncEnded(ILogger logger, Exception exception, ThreadId thread, PeerId peer, string reason);

    [LoggerMessage(EventId = 104, EventName = "PeerNotNoted", Level = LogLevel.Debug, Message = "What {Peer} has of {Thread} was not noted: {Reason}")]
    public static partial void PeerNotNoted(ILogger logger, Exception exception, PeerId peer, ThreadId thread, string reason);

    [LoggerMessage(EventId = 105, EventName = "BookNotKept", Level = LogLevel.Debug, Message = "The address book of {Thread} was left as it is: {Reason}")]
    public static partial void BookNotKept(ILogger logger, Exception exception, ThreadId thread, string reason);

    [LoggerMessage(EventId = 106, EventName = "RecordRefused", Level = LogLevel.Warning, Message = "Peer {Peer} sent a record of {Thread} that was refused: {Reason}")]
    public static partial void RecordRefused(ILogger logger, PeerId peer, ThreadId thread, string reason);

    [LoggerMessage(EventId = 107, EventName = "NotGossiped", Level = LogLevel.Debug, Message = "A message of gossip about {Thread} was not sent or not taken: {Reason}")]
    public static partial void NotGossiped(ILogger logger, Exception exception, ThreadId thread, string reason);

    [LoggerMessage(EventId = 120, EventName = "PeerStarted", Level = LogLevel.Information, Message = "Peer {Peer} listens at {Addresses} and serves {Threads} threads.")]
    public static partial void PeerStarted(ILogger logger, PeerId peer, string addresses, int threads);

    [LoggerMessage(EventId = 121, EventName = "PeerStopped", Level = LogLevel.Information, Message = "Peer {Peer} stopped.")]
    public static partial void PeerStopped(ILogger logger, PeerId peer);

    [LoggerMessage(EventId = 122, EventName = "StoppedBehind", Level = LogLevel.Warning, Message = "Peer {Other} has not everything of {Thread} yet; the next meeting brings it.")]
    public static partial void StoppedBehind(ILogger logger, PeerId other, ThreadId thread);
}
