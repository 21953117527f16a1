using System.Security.Cryptography;
using System.Text;
using Threads.Data.Cryptography;
using Threads.Data.Ipld;
using Threads.Data.Records;

namespace Threads.Data.Tests.Records;

/// <summary>Keys of one thread and one log, made from fixed names.</summary>
internal sealed class SampleThread : IDisposable
{
    public SymmetricKey ReplicaKey { get; } = new(SHA256.HashData("replica"u8));

    public SymmetricKey ReadKey { get; } = new(SHA256.HashData("read"u8));

    public Ed25519PrivateKey LogKey { get; } = new(SHA256.HashData("log"u8));

    public Ed25519PublicKey LogPublicKey { get; }

    public byte[] Identity { get; }

    public SampleThread()
    {
        Assert.True(Ed25519PublicKey.TryCreate(LogKey.PublicKey, out var key));
        LogPublicKey = key;
        using var identity = new Ed25519PrivateKey(SHA256.HashData("identity"u8));
        Identity = [0x08, 0x01, 0x12, 0x20, .. identity.PublicKey];
    }

    public SealedRecord Seal(string payload, Cid previous = default) => Seal(Encoding.UTF8.GetBytes(payload), previous);

    public SealedRecord Seal(byte[] payload, Cid previous = default) =>
        RecordSealer.Seal(ReplicaKey, ReadKey, LogKey, Identity, previous, payload, SystemRandomSource.Instance);

    public RecordRefusal Open(SealedRecord record, out SealedRecord? opened) =>
        RecordOpener.OpenRecord(ReplicaKey, record.RecordBlock, record.EventBlock(), record.HeaderBlock(), record.BodyBlock(), out opened);

    public void Dispose()
    {
        ReplicaKey.Dispose();
        ReadKey.Dispose();
        LogKey.Dispose();
        LogPublicKey.Dispose();
    }
}

/// <summary>Gives out given bytes, once.</summary>
internal sealed class FixedRandomSource(byte[] bytes) : IRandomSource
{
    private int _at;

    public void Fill(Span<byte> destination)
    {
        bytes.AsSpan(_at, destination.Length).CopyTo(destination);
        _at += destination.Length;
    }
}
