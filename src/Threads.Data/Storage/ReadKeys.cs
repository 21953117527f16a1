using System.Collections.Frozen;
using Threads.Data.Cryptography;
using Threads.Data.Records;

namespace Threads.Data.Storage;

/// <summary>
/// The read keys of a file in memory: the thread's first one, and those of rotations, by their names. Safe for several threads: records are opened ahead of the thread that writes.
/// </summary>
internal sealed class ReadKeys : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<SymmetricKey> _dropped = [];
    private volatile FrozenDictionary<ReadKeyId, SymmetricKey> _byId = FrozenDictionary<ReadKeyId, SymmetricKey>.Empty;

    public ReadKeys(ReadOnlySpan<byte> first)
    {
        if (!first.IsEmpty)
        {
            First = new SymmetricKey(first);
            FirstId = ReadKeyId.Of(first);
            Add(first);
        }
    }

    /// <summary>The key the thread was made with; null: this file reads nothing.</summary>
    public SymmetricKey? First { get; }

    public ReadKeyId FirstId { get; }

    /// <summary>All names, the first key's among them.</summary>
    public IReadOnlyList<ReadKeyId> Ids => _byId.Keys;

    public bool Has(ReadKeyId id) => _byId.ContainsKey(id);

    public SymmetricKey? Find(ReadKeyId id) => _byId.GetValueOrDefault(id);

    /// <summary>The one key that a sealed header tells it is under; null: it is not here.</summary>
    public SymmetricKey? For(ReadOnlySpan<byte> sealedHeader) => RecordLayout.TryReadKeyId(sealedHeader, out var id) ? Find(id) : First;

    /// <summary>Holds a key of 32 bytes; it is copied.</summary>
    public ReadKeyId Add(ReadOnlySpan<byte> key)
    {
        var id = ReadKeyId.Of(key);
        lock (_gate)
        {
            if (!_byId.ContainsKey(id))
            {
                _byId = _byId.Append(KeyValuePair.Create(id, new SymmetricKey(key))).ToFrozenDictionary();
            }
        }

        return id;
    }

    /// <summary>Lets go of those that a rolled back transaction took. They are wiped with the others: somebody may be opening a record by one.</summary>
    public void Keep(IReadOnlySet<ReadKeyId> stored)
    {
        lock (_gate)
        {
            _dropped.AddRange(_byId.Where(k => k.Key != FirstId && !stored.Contains(k.Key)).Select(k => k.Value));
            _byId = _byId.Where(k => k.Key == FirstId || stored.Contains(k.Key)).ToFrozenDictionary();
        }
    }

    public void Dispose()
    {
        First?.Dispose();
        foreach (var key in _byId.Values.Concat(_dropped))
        {
            key.Dispose();
        }
    }
}
