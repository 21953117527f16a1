using System.Security.Cryptography;
using Threads.Data.Cryptography;

namespace Threads.Benchmarks;

/// <summary>As many messages of a record's size, each signed by one key.</summary>
internal sealed class Signatures
{
    private const int Cores = 2;

    private readonly Ed25519PublicKey publicKey;
    private readonly (byte[] Message, byte[] Signature)[] all;

    public Signatures(int count)
    {
        using var key = new Ed25519PrivateKey(RandomNumberGenerator.GetBytes(Ed25519.SeedSize));
        if (!Ed25519PublicKey.TryCreate(key.PublicKey, out var opened))
            throw new InvalidOperationException("The key is not admitted.");
        publicKey = opened;
        all = new (byte[], byte[])[count];
        for (var i = 0; i < count; i++)
        {
            all[i] = (RandomNumberGenerator.GetBytes(200), new byte[Ed25519.SignatureSize]);
            key.Sign(all[i].Message, all[i].Signature);
        }
    }

    public void Verify()
        => Parallel.ForEach(all, new ParallelOptions { MaxDegreeOfParallelism = Cores }, s =>
        {
            if (!publicKey.Verify(s.Message, s.Signature))
                throw new InvalidOperationException("A signature does not hold.");
        });
}
