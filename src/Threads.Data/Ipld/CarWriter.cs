using System.Buffers;

namespace Threads.Data.Ipld;

/// <summary>
/// Writes a CAR file, version 1 (IPLD CARv1 specification): header, then blocks in the order given, each as uvarint length, CID, bytes. Small
/// blocks are gathered; <see cref="Flush"/> or disposing writes the rest. The stream stays open. Not thread-safe.
/// </summary>
internal sealed class CarWriter(Stream stream, int bufferBytes = 64 << 10) : IDisposable, IAsyncDisposable
{
    private const int MaxPrefixBytes = Varint.MaxSizeBytes + Cid.MaxSizeBytes;
    private byte[]? _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(bufferBytes, MaxPrefixBytes));
    private int _buffered;
    private bool _hasHeader;

    public void WriteHeader(ReadOnlySpan<Cid> roots)
    {
        using var header = EncodeHeader(roots);
        Write(header.WrittenSpan);
    }

    public async ValueTask WriteHeaderAsync(ReadOnlyMemory<Cid> roots, CancellationToken cancellationToken = default)
    {
        using var header = EncodeHeader(roots.Span);
        await WriteAsync(header.WrittenMemory, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes one block. That the bytes have this CID is the caller's word; readers check it.</summary>
    public void WriteBlock(Cid cid, ReadOnlySpan<byte> data)
    {
        if (!TryBufferPrefix(cid, data.Length))
        {
            Flush();
            TryBufferPrefix(cid, data.Length);
        }
        Write(data);
    }

    /// <inheritdoc cref="WriteBlock"/>
    public async ValueTask WriteBlockAsync(Cid cid, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        if (!TryBufferPrefix(cid, data.Length))
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
            TryBufferPrefix(cid, data.Length);
        }
        await WriteAsync(data, cancellationToken).ConfigureAwait(false);
    }

    public void Flush()
    {
        stream.Write(Buffer.AsSpan(0, _buffered));
        _buffered = 0;
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        await stream.WriteAsync(Buffer.AsMemory(0, _buffered), cancellationToken).ConfigureAwait(false);
        _buffered = 0;
    }

    public void Dispose()
    {
        if (_buffer is null)
            return;
        try
        {
            Flush();
        }
        finally
        {
            Return();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_buffer is null)
            return;
        try
        {
            await FlushAsync().ConfigureAwait(false);
        }
        finally
        {
            Return();
        }
    }

    private byte[] Buffer => _buffer ?? throw new ObjectDisposedException(nameof(CarWriter));

    private CborWriter EncodeHeader(ReadOnlySpan<Cid> roots)
    {
        if (_hasHeader)
            throw new InvalidOperationException("The header of this CAR file is written already.");
        using var map = new CborWriter();
        map.StartMap(2);
        map.WriteTextUtf8("roots"u8);
        map.StartArray(roots.Length);
        foreach (var root in roots)
            map.WriteLink(root);
        map.WriteTextUtf8("version"u8);
        map.WriteInt64(1);

        Span<byte> length = stackalloc byte[Varint.MaxSizeBytes];
        var header = new CborWriter(map.Length + length.Length);
        header.WriteRaw(length[..Varint.Write(length, (ulong)map.Length)]);
        header.WriteRaw(map.WrittenSpan);
        _hasHeader = true;
        return header;
    }

    /// <summary>Length and CID of a block; false when the buffer must be flushed first.</summary>
    private bool TryBufferPrefix(Cid cid, int dataBytes)
    {
        if (!_hasHeader)
            throw new InvalidOperationException("Write the header of this CAR file before its blocks.");
        if (!cid.IsDefined)
            throw new ArgumentException("A block of a CAR file has a CID.", nameof(cid));
        if (Buffer.Length - _buffered < MaxPrefixBytes)
            return false;
        _buffered += Varint.Write(_buffer.AsSpan(_buffered), (ulong)cid.SizeBytes + (ulong)dataBytes);
        _buffered += cid.WriteBytes(_buffer.AsSpan(_buffered));
        return true;
    }

    private void Write(ReadOnlySpan<byte> data)
    {
        if (TryBuffer(data))
            return;
        Flush();
        if (!TryBuffer(data))
            stream.Write(data);
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (TryBuffer(data.Span))
            return;
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        if (!TryBuffer(data.Span))
            await stream.WriteAsync(data, cancellationToken).ConfigureAwait(false);
    }

    private bool TryBuffer(ReadOnlySpan<byte> data)
    {
        if (!data.TryCopyTo(Buffer.AsSpan(_buffered)))
            return false;
        _buffered += data.Length;
        return true;
    }

    private void Return()
    {
        ArrayPool<byte>.Shared.Return(_buffer!);
        _buffer = null;
    }
}
