using Threads.Data.Cryptography;
using Threads.Data.Events;

namespace Threads.Data.Pipeline;

/// <summary>Public keys of logs that were opened before: a record that comes alone finds its log's ready, and after some records with a table that makes verifying faster. One user at a time.</summary>
internal sealed class VerifyingKeys : IDisposable
{
    private const int Most = 64;

    private readonly Dictionary<byte[], Ed25519PublicKey> _keys = new(ByteComparer.Instance);

    /// <summary>Null: the rule admits no such key. Valid until the next call.</summary>
    public Ed25519PublicKey? Find(byte[] publicKey)
    {
        if (_keys.TryGetValue(publicKey, out var known))
        {
            return known;
        }

        if (_keys.Count == Most)
        {
            Dispose();
        }

        if (!Ed25519PublicKey.TryCreate(publicKey, out var key))
        {
            return null;
        }

        _keys.Add(publicKey.ToArray(), key);
        return key;
    }

    public void Dispose()
    {
        foreach (var key in _keys.Values)
        {
            key.Dispose();
        }

        _keys.Clear();
    }
}
