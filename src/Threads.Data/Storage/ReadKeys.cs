using System.Security.Cryptography;
using Threads.Data.Cryptography;
using Threads.Data.Records;

namespace Threads.Data.Storage;

/// <summary>
/// The read keys of a file in memory: the thread's first one, and those of rotations, by their names. Safe for several threads: records are opened ahead of the thread that writes. Nothing is hashed before a rotation comes.
/// </summary>
internal sealed class ReadKeys : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Held> _dropped = [];
    private volatile Held[] _rotated = [];
    private volatile ReadKeyId? _firstId;

    public ReadKeys(ReadOnlySpan<byte> first) => First = first.IsEmpty ? null : new SymmetricKey(first);

    /// <summary>The key the thread was made with; null: this file reads nothing.</summary>
    public SymmetricKey? First { get; }

    /// <summary>How many came by rotations.</summary>
    public int RotatedCount => _rotated.Length;

    /// <summary>All names, the first key's first.</summary>
    public IEnumerable<ReadKeyId> Ids => FirstId is { } first ? [first, .. _rotated.Select(k => k.Id)] : [];

    /// <summary>The first key's name; no header begins with it.</summary>
    public ReadKeyId? FirstId
    {
        get
        {
            if (_firstId is null && First is not null)
            {
                Span<byte> key = stackalloc byte[SymmetricKey.KeySize];
                First.CopyTo(key);
                _firstId = ReadKeyId.Of(key);
                CryptographicOperations.ZeroMemory(key);
            }

            return _firstId;
        }
    }

    public bool Has(ReadKeyId id) => Find(id) is not null;

    public SymmetricKey? Find(ReadKeyId id)
    {
        foreach (var held in _rotated)
        {
            if (held.Id == id)
            {
                return held.Key;
            }
        }

        return id == FirstId ? First : null;
    }

    /// <summary>The one key that a sealed header tells it is under; null: it is not here.</summary>
    public SymmetricKey? For(ReadOnlySpan<byte> sealedHeader) => RecordLayout.TryReadKeyId(sealedHeader, out var id) ? Find(id) : First;

    /// <summary>Holds a key of 32 bytes; it is copied.</summary>
    public void Add(ReadOnlySpan<byte> key)
    {
        var id = ReadKeyId.Of(key);
        lock (_gate)
        {
            if (!Has(id))
            {
                _rotated = [.. _rotated, new Held(id, new SymmetricKey(key))];
            }
        }
    }

    /// <summary>Lets go of those that a rolled back transaction took. They are wiped with the others: somebody may be opening a record by one.</summary>
    public void Keep(IReadOnlyCollection<ReadKeyId> stored)
    {
        lock (_gate)
        {
            _dropped.AddRange(_rotated.Where(k => !stored.Contains(k.Id)));
            _rotated = [.. _rotated.Where(k => stored.Contains(k.Id))];
        }
    }

    public void Dispose()
    {
        First?.Dispose();
        foreach (var held in _rotated.Concat(_dropped))
        {
            held.Key.Dispose();
        }
    }

    private sealed record Held(ReadKeyId Id, SymmetricKey Key);
}
