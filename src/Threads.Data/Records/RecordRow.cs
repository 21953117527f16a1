using Threads.Data.Ipld;

namespace Threads.Data.Records;

/// <summary>
/// The stored form of a record, all that can't be computed again (ARCHITECTURE decision 1):
/// signature(64) || record nonce(12) || varint header length || sealed header || sealed body.
/// </summary>
internal readonly ref struct RecordRow
{
    public const int NonceStart = RecordLayout.SignatureSize;
    public const int HeaderLengthStart = NonceStart + Cryptography.SymmetricKey.NonceSize;

    private readonly ReadOnlySpan<byte> _row;
    private readonly int _headerStart;
    private readonly int _bodyStart;

    private RecordRow(ReadOnlySpan<byte> row, int headerStart, int bodyStart)
    {
        _row = row;
        _headerStart = headerStart;
        _bodyStart = bodyStart;
    }

    public ReadOnlySpan<byte> Signature => _row[..RecordLayout.SignatureSize];

    public ReadOnlySpan<byte> RecordNonce => _row[NonceStart..HeaderLengthStart];

    /// <summary>nonce || ciphertext || tag.</summary>
    public ReadOnlySpan<byte> SealedHeader => _row[_headerStart.._bodyStart];

    /// <summary>nonce || ciphertext || tag.</summary>
    public ReadOnlySpan<byte> SealedBody => _row[_bodyStart..];

    /// <summary>The size of what the body holds when it is opened.</summary>
    public int PayloadSize => _row.Length - _bodyStart - Cryptography.SymmetricKey.Overhead;

    internal int HeaderStart => _headerStart;

    internal int BodyStart => _bodyStart;

    /// <summary>Splits a stored row; false when it is too short for the parts it must have, which means that the file was altered.</summary>
    public static bool TryRead(ReadOnlySpan<byte> row, out RecordRow parts)
    {
        parts = default;
        if (row.Length <= HeaderLengthStart
            || Varint.Read(row[HeaderLengthStart..], out var headerLength, out var varintSize) != VarintStatus.Ok)
        {
            return false;
        }

        var rest = row.Length - HeaderLengthStart - varintSize;
        if (headerLength < Cryptography.SymmetricKey.Overhead || headerLength > (ulong)rest
            || rest - (int)headerLength < Cryptography.SymmetricKey.Overhead)
        {
            return false;
        }

        var headerStart = HeaderLengthStart + varintSize;
        parts = new RecordRow(row, headerStart, headerStart + (int)headerLength);
        return true;
    }
}
