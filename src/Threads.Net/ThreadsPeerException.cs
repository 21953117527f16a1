namespace Threads.Net;

/// <summary>A conversation with a peer failed. <see cref="ErrorCode"/> says how; nothing committed is lost by it.</summary>
public sealed class ThreadsPeerException : IOException
{
    /// <summary>An error with its code and text.</summary>
    public ThreadsPeerException(ThreadsPeerErrorCode errorCode, string message, Exception? innerException = null)
        : base(message, innerException) => ErrorCode = errorCode;

    /// <summary>What happened, for programs.</summary>
    public ThreadsPeerErrorCode ErrorCode { get; }
}
