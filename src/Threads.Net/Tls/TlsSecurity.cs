using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Net.Connections;
using Threads.Net.Resources;

namespace Threads.Net.Tls;

/// <summary>/tls/1.0.0 (LIBP2P 6): TLS 1.3 by the platform, both sides with a <see cref="PeerCertificate"/>, the muxer agreed on by ALPN.</summary>
internal sealed class TlsSecurity(Ed25519PrivateKey identity, TimeProvider time) : ISecurity, IDisposable
{
    public const string Id = "/tls/1.0.0";
    private static readonly SslApplicationProtocol Yamux = new(Muxers.Yamux);
    private static readonly SslApplicationProtocol Libp2p = new("libp2p");

    private readonly X509Certificate2 _certificate = PeerCertificate.Create(identity, time.GetUtcNow());

    public string Protocol => Id;

    public async ValueTask<SecureChannel> SecureAsync(Stream stream, bool dialer, PeerId? expected, CancellationToken cancellationToken)
    {
        PeerId peer = default;
        ThreadsPeerException? refusal = null;
        var tls = new SslStream(stream, leaveInnerStreamOpen: false);
        try
        {
            var context = SslStreamCertificateContext.Create(_certificate, null, offline: true);
            if (dialer)
            {
                await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
                {
                    TargetHost = "",
                    EnabledSslProtocols = SslProtocols.Tls13,
                    ApplicationProtocols = [Yamux, Libp2p],
                    ClientCertificateContext = context,
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                    RemoteCertificateValidationCallback = Judge,
                    AllowRenegotiation = false,
                    AllowTlsResume = false,
                }, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
                {
                    EnabledSslProtocols = SslProtocols.Tls13,
                    ApplicationProtocols = [Yamux, Libp2p],
                    ServerCertificateContext = context,
                    ClientCertificateRequired = true,
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                    RemoteCertificateValidationCallback = Judge,
                    AllowRenegotiation = false,
                    AllowTlsResume = false,
                }, cancellationToken).ConfigureAwait(false);
            }

            return new(tls, peer, Id, tls.NegotiatedApplicationProtocol == Yamux ? Muxers.Yamux : null);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw refusal ?? new ThreadsPeerException(ThreadsPeerErrorCode.HandshakeFailed, Strings.TlsFailed(e.Message), e);
        }

        bool Judge(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
        {
            try
            {
                // The chain that comes with it says nothing here: certificates are their own proof.
                peer = certificate is X509Certificate2 found
                    ? PeerCertificate.Verify(found, expected, time.GetUtcNow())
                    : throw new ThreadsPeerException(ThreadsPeerErrorCode.HandshakeFailed, Strings.CertificateMissing());
                return true;
            }
            catch (ThreadsPeerException e)
            {
                refusal = e;
                return false;
            }
        }
    }

    public void Dispose() => _certificate.Dispose();
}
