using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Net.Connections;
using Threads.Net.Protobuf;
using Threads.Net.Resources;
using Threads.Net.Wire;

namespace Threads.Net.Noise;

/// <summary>/noise (LIBP2P 5): the handshake on a stream, the identities proven over the static keys, the muxer agreed on the way.</summary>
internal sealed class NoiseSecurity(Ed25519PrivateKey identity, IRandomSource random) : ISecurity, IDisposable
{
    public const string Id = "/noise";
    private const int MaxHandshakeBytes = 4096;
    private static readonly byte[] SignedPrefix = "noise-libp2p-static-key:"u8.ToArray();

    // One for the process, never stored: it only carries the signature of the identity.
    private readonly X25519PrivateKey _static = X25519PrivateKey.Generate(random);
    private byte[]? _payload;

    public string Protocol => Id;

    public async ValueTask<SecureChannel> SecureAsync(Stream stream, bool dialer, PeerId? expected, CancellationToken cancellationToken)
    {
        using var handshake = new NoiseHandshake(dialer, _static, X25519PrivateKey.Generate(random));
        var payload = _payload ??= Payload();
        byte[] remotePayload;
        if (dialer)
        {
            await SendAsync(stream, handshake.Write([]), cancellationToken).ConfigureAwait(false);
            remotePayload = handshake.Read(await ReceiveAsync(stream, cancellationToken).ConfigureAwait(false));
            // Judged before we say who we are.
            var remote = Verify(remotePayload, handshake.RemoteStaticKey, expected, out var muxers);
            await SendAsync(stream, handshake.Write(payload), cancellationToken).ConfigureAwait(false);
            return Channel(stream, handshake, remote, muxers);
        }
        else
        {
            _ = handshake.Read(await ReceiveAsync(stream, cancellationToken).ConfigureAwait(false));
            await SendAsync(stream, handshake.Write(payload), cancellationToken).ConfigureAwait(false);
            remotePayload = handshake.Read(await ReceiveAsync(stream, cancellationToken).ConfigureAwait(false));
            return Channel(stream, handshake, Verify(remotePayload, handshake.RemoteStaticKey, expected, out var muxers), muxers);
        }
    }

    public void Dispose() => _static.Dispose();

    private static SecureChannel Channel(Stream stream, NoiseHandshake handshake, PeerId remote, IReadOnlyList<string> muxers)
    {
        // Both lists are never empty with us on one side: the remote's decides (LIBP2P 5).
        if (muxers.Count > 0 && !muxers.Contains(Muxers.Yamux))
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.HandshakeFailed, Strings.NoCommonMuxer(string.Join(", ", muxers)));
        }

        var (send, receive) = handshake.Split();
        return new(new NoiseStream(stream, send, receive), remote, Id, muxers.Count > 0 ? Muxers.Yamux : null);
    }

    private byte[] Payload()
    {
        var signature = new byte[64];
        identity.Sign([.. SignedPrefix, .. _static.PublicKey], signature);
        var extensions = new NoiseExtensions();
        extensions.StreamMuxers.Add(Muxers.Yamux);
        return new NoisePayload
        {
            IdentityKey = ByteString.CopyFrom(PeerKeys.Encode(identity.PublicKey)),
            IdentitySig = ByteString.CopyFrom(signature),
            Extensions = extensions,
        }.ToByteArray();
    }

    private static PeerId Verify(byte[] payload, ReadOnlySpan<byte> staticKey, PeerId? expected, out IReadOnlyList<string> muxers)
    {
        if (!ProtobufMessage.TryParse(NoisePayload.Parser, payload, out var message, out var error))
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.HandshakeFailed, Strings.NoisePayloadMalformed(), error);
        }

        muxers = (IReadOnlyList<string>?)message.Extensions?.StreamMuxers ?? [];
        return PeerKeys.Authenticate(message.IdentityKey.Span, [.. SignedPrefix, .. staticKey], message.IdentitySig.Span, expected);
    }

    private static async ValueTask SendAsync(Stream stream, byte[] message, CancellationToken cancellationToken)
    {
        var framed = new byte[2 + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
        message.CopyTo(framed, 2);
        await stream.WriteAsync(framed, cancellationToken).ConfigureAwait(false);
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<byte[]> ReceiveAsync(Stream stream, CancellationToken cancellationToken)
    {
        var length = new byte[2];
        await LengthPrefixed.ReadExactlyAsync(stream, length, cancellationToken).ConfigureAwait(false);
        var size = BinaryPrimitives.ReadUInt16BigEndian(length);
        if (size > MaxHandshakeBytes)
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.HandshakeFailed, Strings.MessageTooLarge(MaxHandshakeBytes));
        }

        var message = new byte[size];
        await LengthPrefixed.ReadExactlyAsync(stream, message, cancellationToken).ConfigureAwait(false);
        return message;
    }
}
