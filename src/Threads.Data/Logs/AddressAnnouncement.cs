using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Data.Ipld;

namespace Threads.Data.Logs;

/// <summary>
/// What a log's writer says of where the log is found, signed with the log's key so that anybody may pass it on (T-LOG-8). Bytes: CBOR [statement, signature]; the
/// statement is the CBOR of [1, thread, log key, sequence, seconds to live, [address …]], signed behind a fixed text.
/// </summary>
internal sealed record AddressAnnouncement(byte[] Log, long Sequence, TimeSpan Ttl, IReadOnlyList<Multiaddress> Addresses)
{
    public const int MaxBytes = 16 * 1024;
    public const int MaxAddresses = 32;
    public const long MaxTtlSeconds = 30 * 24 * 3600;
    private const int Version = 1;
    private const int KeyBytes = 32;

    public byte[] Sign(ThreadId thread, Ed25519PrivateKey key)
    {
        using var statement = new CborWriter();
        statement.StartArray(6);
        statement.WriteInt64(Version);
        statement.WriteBytes(thread.Bytes);
        statement.WriteBytes(key.PublicKey);
        statement.WriteInt64(Sequence);
        statement.WriteInt64(Math.Min((long)Ttl.TotalSeconds, MaxTtlSeconds));
        statement.StartArray(Addresses.Count);
        foreach (var address in Addresses)
        {
            statement.WriteBytes(address.Bytes);
        }

        Span<byte> signature = stackalloc byte[Ed25519.SignatureSize];
        key.Sign(Signed(statement.WrittenSpan), signature);
        using var announcement = new CborWriter();
        announcement.StartArray(2);
        announcement.WriteBytes(statement.WrittenSpan);
        announcement.WriteBytes(signature);
        return announcement.ToArray();
    }

    /// <summary>Reads what somebody sent; null when it is malformed, of another thread, too large, or not signed by the log it speaks of.</summary>
    public static AddressAnnouncement? TryRead(ReadOnlySpan<byte> bytes, ThreadId thread)
    {
        if (bytes.Length > MaxBytes)
        {
            return null;
        }

        try
        {
            var outer = new CborReader(bytes);
            if (outer.ReadArray() != 2)
            {
                return null;
            }

            var statement = outer.ReadBytes();
            var signature = outer.ReadBytes();
            outer.EnsureEnd();
            var reader = new CborReader(statement);
            if (reader.ReadArray() != 6 || reader.ReadInt64() != Version || !reader.ReadBytes().SequenceEqual(thread.Bytes))
            {
                return null;
            }

            var log = reader.ReadBytes().ToArray();
            var (sequence, seconds, count) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadArray());
            if (log.Length != KeyBytes || sequence < 0 || seconds is < 1 or > MaxTtlSeconds || count > MaxAddresses)
            {
                return null;
            }

            var addresses = new Multiaddress[count];
            for (var i = 0; i < count; i++)
            {
                addresses[i] = Multiaddress.FromBytes(reader.ReadBytes());
            }

            reader.EnsureEnd();
            return Ed25519PublicKey.Verify(log, Signed(statement), signature) ? new(log, sequence, TimeSpan.FromSeconds(seconds), addresses) : null;
        }
        catch (Exception e) when (e is CborException or FormatException)
        {
            return null;
        }
    }

    private static byte[] Signed(ReadOnlySpan<byte> statement) => [.. "threads-ef addresses 1"u8, .. statement];
}
