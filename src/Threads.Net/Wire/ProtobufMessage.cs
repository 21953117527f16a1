using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;

namespace Threads.Net.Wire;

/// <summary>Reading protobuf that a peer sent.</summary>
internal static class ProtobufMessage
{
    /// <summary>False, and why, for bytes that are no such message.</summary>
    public static bool TryParse<T>(MessageParser<T> parser, ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out T? message, [NotNullWhen(false)] out Exception? error)
        where T : class, IMessage<T>
    {
        try
        {
            (message, error) = (parser.ParseFrom(bytes), null);
            return true;
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or IndexOutOfRangeException or ArgumentException)
        {
            // Google.Protobuf 3.25 answers some lengths beyond 31 bits with errors of the runtime; the fuzzer has them.
            (message, error) = (null, e);
            return false;
        }
    }
}
