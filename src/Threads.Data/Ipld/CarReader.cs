using System.Buffers;
using System.Runtime.CompilerServices;

namespace Threads.Data.Ipld;

/// <summary>
/// Reads a CAR file, version 1 (IPLD CARv1 specification), checking each block against its CID. Bytes pass through one pooled buffer: a block's
/// data is valid until the next is read, and memory grows with what arrives, never with what a length claims. The stream stays open. Not thread-safe.
/// </summary>
internal sealed class CarReader : IDisposable
{
    private readonly Stream _stream;
    private readonly CarLimits _limits;
    private byte[] _buffer;
    private int _start;
    private int _end;
    private long _offset;
    private bool _streamEnded;
    private Cid[]? _roots;

    public CarReader(Stream stream, CarLimits? limits = null, int bufferBytes = 64 << 10)
    {
        _stream = stream;
        _limits = limits ?? CarLimits.Default;
        _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(bufferBytes, 256));
    }

    /// <summary>Bytes read so far, up to the end of the last header or block taken.</summary>
    public long Offset => _offset;

    /// <summary>Reads the header where that has not happened yet and returns the roots, often none or one.</summary>
    public IReadOnlyList<Cid> ReadHeader()
    {
        int needed;
        while ((needed = TryTakeHeader()) > 0)
            Fill(needed);
        return _roots!;
    }

    /// <inheritdoc cref="ReadHeader"/>
    public async ValueTask<IReadOnlyList<Cid>> ReadHeaderAsync(CancellationToken cancellationToken = default)
    {
        int needed;
        while ((needed = TryTakeHeader()) > 0)
            await FillAsync(needed, cancellationToken).ConfigureAwait(false);
        return _roots!;
    }

    /// <summary>Reads the next block; false at the end of the file. The data is valid until the next call.</summary>
    public bool TryReadBlock(out Cid cid, out ReadOnlyMemory<byte> data)
    {
        ReadHeader();
        int needed;
        while ((needed = TryTakeBlock(out cid, out data)) > 0)
            Fill(needed);
        return cid.IsDefined;
    }

    /// <summary>The blocks from here to the end; each one's data is valid until the next is asked for.</summary>
    public IEnumerable<Block> ReadBlocks()
    {
        while (TryReadBlock(out var cid, out var data))
            yield return new Block(cid, data);
    }

    /// <inheritdoc cref="ReadBlocks"/>
    public async IAsyncEnumerable<Block> ReadBlocksAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await ReadHeaderAsync(cancellationToken).ConfigureAwait(false);
        while (true)
        {
            var needed = TryTakeBlock(out var cid, out var data);
            if (needed > 0)
                await FillAsync(needed, cancellationToken).ConfigureAwait(false);
            else if (cid.IsDefined)
                yield return new Block(cid, data);
            else
                yield break;
        }
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _start = _end = 0;
    }

    /// <summary>Returns how many bytes must be in the buffer before it makes sense to try again, or 0 when the header is there.</summary>
    private int TryTakeHeader()
    {
        if (_roots is not null)
            return 0;
        var needed = TryReadLength(_limits.MaxHeaderSizeBytes, CarError.HeaderTooLong, out var headerStart, out var size);
        if (needed > 0)
            return needed;
        if (size < 0)
            throw new CarException(CarError.Truncated, _offset);
        _roots = ParseHeader(_buffer.AsSpan(headerStart, size));
        Take(headerStart + size);
        return 0;
    }

    /// <summary>As <see cref="TryTakeHeader"/>; at the end of the file it returns 0 and the undefined CID.</summary>
    private int TryTakeBlock(out Cid cid, out ReadOnlyMemory<byte> data)
    {
        cid = default;
        data = default;
        var needed = TryReadLength(_limits.MaxBlockSizeBytes + (long)Cid.MaxSizeBytes, CarError.BlockTooLong, out var sectionStart, out var size);
        if (needed > 0 || size < 0)
            return needed;
        var section = _buffer.AsMemory(sectionStart, size);
        var error = Cid.TryRead(section.Span, out var found, out var cidBytes);
        if (error != CidError.None)
            throw new CarException(CarError.InvalidCid, _offset);
        if (size - cidBytes > _limits.MaxBlockSizeBytes)
            throw new CarException(CarError.BlockTooLong, _offset, _limits.MaxBlockSizeBytes);
        if (found.HashFunction is not (Multihash.Sha256 or Multihash.Identity))
            throw new CarException(CarError.UnsupportedHash, _offset, found);
        var block = section[cidBytes..];
        if (!found.Matches(block.Span))
            throw new CarException(CarError.HashMismatch, _offset, found);
        Take(sectionStart + size);
        cid = found;
        data = block;
        return 0;
    }

    /// <summary>Reads a length and returns 0 once all it covers is in the buffer; the size is -1 at the end of the file.</summary>
    private int TryReadLength(long limit, CarError tooLong, out int contentStart, out int size)
    {
        ObjectDisposedException.ThrowIf(_buffer.Length == 0, this);
        contentStart = size = -1;
        var available = _end - _start;
        var status = Varint.Read(_buffer.AsSpan(_start, available), out var length, out var lengthBytes);
        if (status == VarintStatus.Truncated)
        {
            if (!_streamEnded)
                return available + 1;
            return available == 0 ? 0 : throw new CarException(CarError.Truncated, _offset);
        }
        if (status != VarintStatus.Ok)
            throw new CarException(CarError.InvalidLength, _offset);
        if (length > (ulong)Math.Min(limit, Array.MaxLength / 2))
            throw new CarException(tooLong, _offset, tooLong == CarError.BlockTooLong ? _limits.MaxBlockSizeBytes : limit);
        var whole = lengthBytes + (int)length;
        if (available < whole)
            return _streamEnded ? throw new CarException(CarError.Truncated, _offset) : whole;
        contentStart = _start + lengthBytes;
        size = (int)length;
        return 0;
    }

    private Cid[] ParseHeader(ReadOnlySpan<byte> bytes)
    {
        try
        {
            // Version first, whatever else there is: version 2 begins with a header that holds nothing else.
            var version = new CborReader(bytes);
            for (var pairs = version.ReadMap(); pairs > 0; pairs--)
            {
                if (!version.ReadKey().SequenceEqual("version"u8))
                    version.Skip();
                else if (version.ReadUInt64() is var number and not 1)
                    throw new CarException(CarError.UnsupportedVersion, _offset, number);
            }

            var reader = new CborReader(bytes);
            if (reader.ReadMap() != 2 || !reader.ReadKey().SequenceEqual("roots"u8))
                throw new CarException(CarError.InvalidHeader, _offset);
            var roots = new Cid[reader.ReadArray()];
            for (var i = 0; i < roots.Length; i++)
                roots[i] = reader.ReadLink();
            if (!reader.ReadKey().SequenceEqual("version"u8))
                throw new CarException(CarError.InvalidHeader, _offset);
            reader.ReadUInt64();
            reader.EnsureEnd();
            return roots;
        }
        catch (CborException error)
        {
            throw new CarException(CarError.InvalidHeader, _offset, inner: error);
        }
    }

    private void Take(int end)
    {
        _offset += end - _start;
        _start = end;
    }

    private void Fill(int needed)
    {
        while (_end - _start < needed && !_streamEnded)
            Arrived(_stream.Read(Room(needed).Span));
    }

    private async ValueTask FillAsync(int needed, CancellationToken cancellationToken)
    {
        while (_end - _start < needed && !_streamEnded)
            Arrived(await _stream.ReadAsync(Room(needed), cancellationToken).ConfigureAwait(false));
    }

    private void Arrived(int count)
    {
        _end += count;
        _streamEnded = count == 0;
    }

    /// <summary>The free end of the buffer. What is in it moves to the front, or to a buffer of twice the size when it is full.</summary>
    private Memory<byte> Room(int needed)
    {
        if (_start == _end)
            _start = _end = 0;
        if (_start > 0 && _buffer.Length - _start < needed)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * _buffer.Length, Array.MaxLength));
            _buffer.AsSpan(_start, _end - _start).CopyTo(larger);
            (_start, _end) = (0, _end - _start);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        return _buffer.AsMemory(_end);
    }
}
