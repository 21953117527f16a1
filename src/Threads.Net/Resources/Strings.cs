using System.Globalization;
using System.Resources;

namespace Threads.Net.Resources;

/// <summary>The texts of Strings.resx.</summary>
internal static class Strings
{
    private static readonly ResourceManager Texts = new("Threads.Net.Resources.Strings", typeof(Strings).Assembly);

    public static string AddressUnsupported(object address) => Get(nameof(AddressUnsupported), address);

    public static string CertificateAlgorithm(string algorithm) => Get(nameof(CertificateAlgorithm), algorithm);

    public static string CertificateExpired() => Get(nameof(CertificateExpired));

    public static string CertificateExtension(string oid) => Get(nameof(CertificateExtension), oid);

    public static string CertificateMissing() => Get(nameof(CertificateMissing));

    public static string CertificateSignature() => Get(nameof(CertificateSignature));

    public static string CertificateWithoutProof() => Get(nameof(CertificateWithoutProof));

    public static string ChannelDamaged() => Get(nameof(ChannelDamaged));

    public static string ConnectionBroken(string reason) => Get(nameof(ConnectionBroken), reason);

    public static string ConnectionClosed() => Get(nameof(ConnectionClosed));

    public static string ConnectionEnded() => Get(nameof(ConnectionEnded));

    public static string ConnectionLimit(object peer) => Get(nameof(ConnectionLimit), peer);

    public static string DialBackOff(object address, object wait) => Get(nameof(DialBackOff), address, wait);

    public static string DialFailed(string host, int port, string reason) => Get(nameof(DialFailed), host, port, reason);

    public static string DialSelf() => Get(nameof(DialSelf));

    public static string DialTimeout(object address, object limit) => Get(nameof(DialTimeout), address, limit);

    public static string EnvelopeMalformed() => Get(nameof(EnvelopeMalformed));

    public static string EnvelopeOtherPeer(object peer) => Get(nameof(EnvelopeOtherPeer), peer);

    public static string EnvelopeType() => Get(nameof(EnvelopeType));

    public static string GoAway(uint code) => Get(nameof(GoAway), code);

    public static string GossipMalformed(object peer) => Get(nameof(GossipMalformed), peer);

    public static string GossipOff() => Get(nameof(GossipOff));

    public static string GrpcCompressed() => Get(nameof(GrpcCompressed));

    public static string GrpcMalformed() => Get(nameof(GrpcMalformed));

    public static string GrpcNotFound() => Get(nameof(GrpcNotFound));

    public static string GrpcUnavailable() => Get(nameof(GrpcUnavailable));

    public static string GrpcUnknown(object method) => Get(nameof(GrpcUnknown), method);

    public static string HandlerExists(string protocol) => Get(nameof(HandlerExists), protocol);

    public static string IdentifyMalformed() => Get(nameof(IdentifyMalformed));

    public static string IdentifyOften(object peer) => Get(nameof(IdentifyOften), peer);

    public static string IdentifyOtherPeer(object peer) => Get(nameof(IdentifyOtherPeer), peer);

    public static string IdentityFileLength(string file, int size) => Get(nameof(IdentityFileLength), file, size);

    public static string IdentitySignature(object peer) => Get(nameof(IdentitySignature), peer);

    public static string KeyMalformed() => Get(nameof(KeyMalformed));

    public static string KeyTypeNotSupported(string type) => Get(nameof(KeyTypeNotSupported), type);

    public static string LengthNotMinimal() => Get(nameof(LengthNotMinimal));

    public static string ListenFailed(string host, int port, string reason) => Get(nameof(ListenFailed), host, port, reason);

    public static string MessageTooLarge(int limit) => Get(nameof(MessageTooLarge), limit);

    public static string MessageTruncated() => Get(nameof(MessageTruncated));

    public static string Misbehaved(object peer) => Get(nameof(Misbehaved), peer);

    public static string MuxerViolation(string what) => Get(nameof(MuxerViolation), what);

    public static string MvdsMalformed() => Get(nameof(MvdsMalformed));

    public static string MvdsTooMany(int limit) => Get(nameof(MvdsTooMany), limit);

    public static string NameNotResolved(string host, string reason) => Get(nameof(NameNotResolved), host, reason);

    public static string NegotiationEnded() => Get(nameof(NegotiationEnded));

    public static string NegotiationMalformed() => Get(nameof(NegotiationMalformed));

    public static string NegotiationTimeout(object limit) => Get(nameof(NegotiationTimeout), limit);

    public static string NegotiationUnexpected(string expected, string found) => Get(nameof(NegotiationUnexpected), expected, found);

    public static string NoCommonMuxer(string muxers) => Get(nameof(NoCommonMuxer), muxers);

    public static string NoReplicaStore() => Get(nameof(NoReplicaStore));

    public static string NoiseDamaged() => Get(nameof(NoiseDamaged));

    public static string NoiseMessageShort() => Get(nameof(NoiseMessageShort));

    public static string NoisePayloadMalformed() => Get(nameof(NoisePayloadMalformed));

    public static string NoiseSmallOrder() => Get(nameof(NoiseSmallOrder));

    public static string NotConnected(object peer) => Get(nameof(NotConnected), peer);

    public static string NotServed(object thread) => Get(nameof(NotServed), thread);

    public static string PingAnswer(object peer) => Get(nameof(PingAnswer), peer);

    public static string PingTimeout(object limit) => Get(nameof(PingTimeout), limit);

    public static string ProtocolNotSupported(string protocols) => Get(nameof(ProtocolNotSupported), protocols);

    public static string RelayAddress(object address) => Get(nameof(RelayAddress), address);

    public static string RelayLimit() => Get(nameof(RelayLimit));

    public static string RelayListensAlready(object relay) => Get(nameof(RelayListensAlready), relay);

    public static string RelayMalformed() => Get(nameof(RelayMalformed));

    public static string RelayOverRelay(object peer) => Get(nameof(RelayOverRelay), peer);

    public static string RelayRefused(object relay, object status) => Get(nameof(RelayRefused), relay, status);

    public static string RelayVoucher(object relay) => Get(nameof(RelayVoucher), relay);

    public static string RendezvousMalformed() => Get(nameof(RendezvousMalformed));

    public static string RendezvousName() => Get(nameof(RendezvousName));

    public static string RendezvousRefused(object point, string status) => Get(nameof(RendezvousRefused), point, status);

    public static string SecurityUnknown(string security) => Get(nameof(SecurityUnknown), security);

    public static string ServedAlready(object thread) => Get(nameof(ServedAlready), thread);

    public static string StreamReset(uint id) => Get(nameof(StreamReset), id);

    public static string StreamResetByPeer(uint id) => Get(nameof(StreamResetByPeer), id);

    public static string SyncEnded(object peer) => Get(nameof(SyncEnded), peer);

    public static string SyncRecordRefused(object peer, string reason) => Get(nameof(SyncRecordRefused), peer, reason);

    public static string SyncRefused(object peer, string reason) => Get(nameof(SyncRefused), peer, reason);

    public static string SyncUnexpected(object peer, string frame) => Get(nameof(SyncUnexpected), peer, frame);

    public static string TlsFailed(string reason) => Get(nameof(TlsFailed), reason);

    public static string TooManyProposals(int limit) => Get(nameof(TooManyProposals), limit);

    public static string WebSocketExpected() => Get(nameof(WebSocketExpected));

    public static string WebSocketRefused(string answer) => Get(nameof(WebSocketRefused), answer);

    public static string WebSocketText() => Get(nameof(WebSocketText));

    public static string WriteTimeout(object limit) => Get(nameof(WriteTimeout), limit);

    public static string WritesCompleted() => Get(nameof(WritesCompleted));

    public static string WrongPeer(object expected, object found) => Get(nameof(WrongPeer), expected, found);

    private static string Get(string name, params ReadOnlySpan<object?> values) =>
        string.Format(CultureInfo.InvariantCulture, Texts.GetString(name, CultureInfo.CurrentUICulture) ?? throw new MissingManifestResourceException($"Strings.resx has no text named '{name}'."), values);
}
