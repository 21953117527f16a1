using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Net.Connections;
using Threads.Net.Resources;

namespace Threads.Net.Tls;

/// <summary>The self-signed certificate of libp2p's TLS handshake: a throw-away key that the peer's identity signed (LIBP2P 6).</summary>
internal static class PeerCertificate
{
    private const string ExtensionOid = "1.3.6.1.4.1.53594.1.1";
    private static readonly byte[] SignedPrefix = "libp2p-tls-handshake:"u8.ToArray();

    /// <summary>A fresh certificate of this identity. The extension stands first and alone: js looks at the first one only.</summary>
    public static X509Certificate2 Create(Ed25519PrivateKey identity, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signature = new byte[64];
        identity.Sign([.. SignedPrefix, .. key.ExportSubjectPublicKeyInfo()], signature);
        var value = new AsnWriter(AsnEncodingRules.DER);
        using (value.PushSequence())
        {
            value.WriteOctetString(PeerKeys.Encode(identity.PublicKey));
            value.WriteOctetString(signature);
        }

        var request = new CertificateRequest("CN=threads", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension(ExtensionOid, value.Encode(), critical: true));
        var certificate = request.CreateSelfSigned(now.AddHours(-1), now.AddYears(100));
        if (!OperatingSystem.IsWindows())
        {
            return certificate;
        }

        // SChannel takes no key that lives in memory only.
        using (certificate)
        {
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
        }
    }

    /// <summary>The peer that a certificate proves.</summary>
    /// <exception cref="ThreadsPeerException">It proves none: expired, another critical extension, a wrong signature, or not the peer expected.</exception>
    public static PeerId Verify(X509Certificate2 certificate, PeerId? expected, DateTimeOffset now)
    {
        if (now < certificate.NotBefore || now > certificate.NotAfter)
        {
            throw Refuse(Strings.CertificateExpired());
        }

        X509Extension? proof = null;
        foreach (var extension in certificate.Extensions)
        {
            if (extension.Oid?.Value == ExtensionOid)
            {
                proof = extension;
            }
            else if (extension.Critical)
            {
                throw Refuse(Strings.CertificateExtension(extension.Oid?.Value ?? "?"));
            }
        }

        if (proof is null)
        {
            throw Refuse(Strings.CertificateWithoutProof());
        }

        CheckSelfSigned(certificate);
        try
        {
            var sequence = new AsnReader(proof.RawData, AsnEncodingRules.DER).ReadSequence();
            var key = sequence.ReadOctetString();
            var signature = sequence.ReadOctetString();
            return PeerKeys.Authenticate(key, [.. SignedPrefix, .. certificate.PublicKey.ExportSubjectPublicKeyInfo()], signature, expected);
        }
        catch (AsnContentException e)
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.HandshakeFailed, Strings.CertificateWithoutProof(), e);
        }
    }

    private static void CheckSelfSigned(X509Certificate2 certificate)
    {
        try
        {
            // Certificate ::= SEQUENCE { tbs, algorithm, BIT STRING }
            var outer = new AsnReader(certificate.RawData, AsnEncodingRules.DER).ReadSequence();
            var signed = outer.ReadEncodedValue();
            var algorithm = outer.ReadSequence().ReadObjectIdentifier();
            var signature = outer.ReadBitString(out _);
            if (!VerifySignature(certificate, algorithm, signed.Span, signature))
            {
                throw Refuse(Strings.CertificateSignature());
            }
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.HandshakeFailed, Strings.CertificateSignature(), e);
        }
    }

    private static bool VerifySignature(X509Certificate2 certificate, string algorithm, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        var hash = algorithm switch
        {
            "1.2.840.10045.4.3.2" or "1.2.840.113549.1.1.11" => HashAlgorithmName.SHA256,
            "1.2.840.10045.4.3.3" or "1.2.840.113549.1.1.12" => HashAlgorithmName.SHA384,
            "1.2.840.10045.4.3.4" or "1.2.840.113549.1.1.13" => HashAlgorithmName.SHA512,
            _ => throw Refuse(Strings.CertificateAlgorithm(algorithm)),
        };
        using var ecdsa = certificate.GetECDsaPublicKey();
        if (ecdsa is not null)
        {
            return ecdsa.VerifyData(signed, signature, hash, DSASignatureFormat.Rfc3279DerSequence);
        }

        using var rsa = certificate.GetRSAPublicKey();
        return rsa is not null && rsa.VerifyData(signed, signature, hash, RSASignaturePadding.Pkcs1);
    }

    private static ThreadsPeerException Refuse(string why) => new(ThreadsPeerErrorCode.HandshakeFailed, why);
}
