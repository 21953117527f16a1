using System.Security.Cryptography.X509Certificates;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Net.Tls;

namespace Threads.Net.Tests.Tls;

public sealed class PeerCertificateTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [SkippableFact]
    public void Certificates_of_the_specification_prove_the_peer_they_say()
    {
        foreach (var vector in SharedFolder.Oracle["specification"]!["tlsCertificates"]!.AsArray())
        {
            using var certificate = X509CertificateLoader.LoadCertificate(vector!.Bytes("certificate"));
            var what = (string)vector!["what"]!;
            // Their dates are not ours to judge here.
            var within = new DateTimeOffset(certificate.NotBefore.ToUniversalTime()).AddSeconds(1);
            if (what.Contains("Secp256k1", StringComparison.OrdinalIgnoreCase))
            {
                var e = Assert.Throws<ThreadsPeerException>(() => PeerCertificate.Verify(certificate, null, within));
                Assert.Contains("Secp256k1", e.Message, StringComparison.Ordinal);
            }
            else if ((bool)vector["valid"]!)
            {
                Assert.Equal((string)vector["peerId"]!, PeerCertificate.Verify(certificate, null, within).ToString());
            }
            else
            {
                Assert.Throws<ThreadsPeerException>(() => PeerCertificate.Verify(certificate, null, within));
            }
        }
    }

    [Fact]
    public void Our_certificate_proves_us_and_nobody_else_within_its_time()
    {
        using var identity = Ed25519PrivateKey.Generate(SystemRandomSource.Instance);
        using var other = Ed25519PrivateKey.Generate(SystemRandomSource.Instance);
        using var certificate = PeerCertificate.Create(identity, Now);
        var self = PeerId.FromPublicKey(identity.PublicKey);
        Assert.Equal(self, PeerCertificate.Verify(certificate, self, Now));
        Assert.Equal(ThreadsPeerErrorCode.WrongPeer,
            Assert.Throws<ThreadsPeerException>(() => PeerCertificate.Verify(certificate, PeerId.FromPublicKey(other.PublicKey), Now)).ErrorCode);
        Assert.Throws<ThreadsPeerException>(() => PeerCertificate.Verify(certificate, null, Now.AddHours(-2)));
        Assert.Throws<ThreadsPeerException>(() => PeerCertificate.Verify(certificate, null, Now.AddYears(200)));
        Assert.Equal("1.3.6.1.4.1.53594.1.1", Assert.Single(certificate.Extensions).Oid!.Value);
    }

    [Fact]
    public void A_certificate_of_somebody_else_or_none_of_libp2p_is_refused()
    {
        using var key = System.Security.Cryptography.ECDsa.Create();
        var request = new CertificateRequest("CN=x", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        using var plain = request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
        Assert.Equal(ThreadsPeerErrorCode.HandshakeFailed, Assert.Throws<ThreadsPeerException>(() => PeerCertificate.Verify(plain, null, Now)).ErrorCode);

        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        using var critical = request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
        Assert.Contains("2.5.29.15", Assert.Throws<ThreadsPeerException>(() => PeerCertificate.Verify(critical, null, Now)).Message, StringComparison.Ordinal);
    }
}
