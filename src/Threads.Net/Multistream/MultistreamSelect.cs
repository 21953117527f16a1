using Threads.Net.Resources;
using Threads.Net.Wire;

namespace Threads.Net.Multistream;

/// <summary>
/// Agreeing on a protocol (LIBP2P 2). The initiator proposes, the responder echoes what it has or says <c>na</c>. Reads exactly its own messages, so
/// the bytes behind them stay in the stream for the protocol agreed on.
/// </summary>
internal static class MultistreamSelect
{
    /// <summary>Proposals a responder answers before it gives up.</summary>
    public const int MaxProposals = 10;

    /// <summary>Proposes one after another until one is agreed on.</summary>
    /// <returns>The protocol agreed on.</returns>
    /// <exception cref="ThreadsPeerException">None was, or the other side broke the rules.</exception>
    public static async ValueTask<string> ProposeAsync(Stream stream, IReadOnlyList<string> protocols, CancellationToken cancellationToken)
    {
        for (var i = 0; i < protocols.Count; i++)
        {
            var bytes = i == 0 ? MultistreamMessage.Encode(MultistreamMessage.Header, protocols[0]) : MultistreamMessage.Encode(protocols[i]);
            await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (i == 0)
            {
                Expect(MultistreamMessage.Header, await ReadAsync(stream, cancellationToken).ConfigureAwait(false));
            }

            var answer = await ReadAsync(stream, cancellationToken).ConfigureAwait(false);
            if (answer == protocols[i])
            {
                return answer;
            }

            Expect(MultistreamMessage.NotAvailable, answer);
        }

        throw new ThreadsPeerException(ThreadsPeerErrorCode.ProtocolNotSupported, Strings.ProtocolNotSupported(string.Join(", ", protocols)));
    }

    /// <summary>Answers proposals until one is known.</summary>
    /// <returns>The protocol agreed on; null when the other side gave up in order.</returns>
    /// <exception cref="ThreadsPeerException">The other side broke the rules.</exception>
    public static async ValueTask<string?> AnswerAsync(Stream stream, Func<string, bool> knows, CancellationToken cancellationToken)
    {
        Expect(MultistreamMessage.Header, await ReadAsync(stream, cancellationToken).ConfigureAwait(false));
        // At once, for the sake of initiators that wait for it before they propose.
        await stream.WriteAsync(MultistreamMessage.Encode(MultistreamMessage.Header), cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < MaxProposals; i++)
        {
            if (await LengthPrefixed.ReadAsync(stream, MultistreamMessage.MaxBytes, cancellationToken).ConfigureAwait(false) is not { } message)
            {
                return null;
            }

            var proposal = MultistreamMessage.Decode(message) ?? throw Malformed();
            var agreed = proposal == MultistreamMessage.Header || knows(proposal);
            var answer = agreed ? proposal : MultistreamMessage.NotAvailable;
            await stream.WriteAsync(MultistreamMessage.Encode(answer), cancellationToken).ConfigureAwait(false);
            await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (agreed && proposal != MultistreamMessage.Header)
            {
                return proposal;
            }
        }

        throw new ThreadsPeerException(ThreadsPeerErrorCode.ProtocolNotSupported, Strings.TooManyProposals(MaxProposals));
    }

    /// <summary>Reads the two answers to a proposal that was sent together with the first bytes of the protocol.</summary>
    public static async ValueTask ConfirmAsync(Stream stream, string protocol, CancellationToken cancellationToken)
    {
        Expect(MultistreamMessage.Header, await ReadAsync(stream, cancellationToken).ConfigureAwait(false));
        var answer = await ReadAsync(stream, cancellationToken).ConfigureAwait(false);
        if (answer == MultistreamMessage.NotAvailable)
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.ProtocolNotSupported, Strings.ProtocolNotSupported(protocol));
        }

        Expect(protocol, answer);
    }

    private static async ValueTask<string> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var message = await LengthPrefixed.ReadAsync(stream, MultistreamMessage.MaxBytes, cancellationToken).ConfigureAwait(false);
        return message is null
            ? throw new ThreadsPeerException(ThreadsPeerErrorCode.NegotiationMalformed, Strings.NegotiationEnded())
            : MultistreamMessage.Decode(message) ?? throw Malformed();
    }

    private static void Expect(string expected, string found)
    {
        if (found != expected)
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.NegotiationMalformed, Strings.NegotiationUnexpected(expected, found));
        }
    }

    private static ThreadsPeerException Malformed() => new(ThreadsPeerErrorCode.NegotiationMalformed, Strings.NegotiationMalformed());
}
