using System.Security.Cryptography;
using Threads.Data.Cryptography;
using Threads.Data.Ipld;

namespace Threads.Data.Records;

/// <summary>Makes records: payload → body under a fresh content key → header under the read key → event → signed record under the replica key (T-REC-4).</summary>
internal static class RecordSealer
{
    private const int RandomSize = SymmetricKey.KeySize + (3 * SymmetricKey.NonceSize);

    /// <summary>
    /// Seals and signs one record.
    /// </summary>
    /// <param name="replicaKey">Seals the record node (go-threads: service key).</param>
    /// <param name="readKey">Seals the header with the content key.</param>
    /// <param name="logKey">Signs; the log's own key.</param>
    /// <param name="identity">36 bytes: the writer's public key as protobuf.</param>
    /// <param name="previous">The log's head; undefined for its first record, whose signature covers the identity alone.</param>
    /// <param name="payload">What the body holds.</param>
    /// <param name="random">Gives content key, header nonce, body nonce, record nonce, in this order, in one call.</param>
    /// <param name="keyId">The read key's name, which the header begins with; null: it is the thread's first.</param>
    public static SealedRecord Seal(
        SymmetricKey replicaKey, SymmetricKey readKey, Ed25519PrivateKey logKey, ReadOnlySpan<byte> identity, Cid previous, ReadOnlySpan<byte> payload, IRandomSource random, ReadKeyId? keyId = null)
    {
        if (!RecordLayout.HasIdentityHead(identity))
            throw new ArgumentException("An identity is 36 bytes, beginning with 08 01 12 20.", nameof(identity));
        Span<byte> fresh = stackalloc byte[RandomSize];
        Span<byte> header = stackalloc byte[RecordLayout.HeaderSize];
        try
        {
            random.Fill(fresh);
            var contentKeyBytes = fresh[..SymmetricKey.KeySize];
            var nonces = fresh[SymmetricKey.KeySize..];
            var nameSize = keyId is null ? 0 : ReadKeyId.SizeBytes;
            var headerSize = nameSize + SymmetricKey.SealedSize(RecordLayout.HeaderSize);
            var headerStart = RecordRow.HeaderLengthStart + Varint.Size((ulong)headerSize);
            var bodyStart = headerStart + headerSize;
            var row = new byte[bodyStart + SymmetricKey.SealedSize(payload.Length)];
            Varint.Write(row.AsSpan(RecordRow.HeaderLengthStart), (ulong)headerSize);
            keyId?.WriteTo(row.AsSpan(headerStart));
            RecordLayout.WriteHeader(header, contentKeyBytes);
            readKey.Seal(nonces[..SymmetricKey.NonceSize], header, row.AsSpan(headerStart + nameSize, headerSize - nameSize));
            ContentCipher.Seal(contentKeyBytes, nonces.Slice(SymmetricKey.NonceSize, SymmetricKey.NonceSize), payload, row.AsSpan(bodyStart));
            nonces[(2 * SymmetricKey.NonceSize)..].CopyTo(row.AsSpan(RecordRow.NonceStart));
            return SealedRecord.Build(row, previous, replicaKey, identity, logKey);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(fresh);
            CryptographicOperations.ZeroMemory(header);
        }
    }
}
