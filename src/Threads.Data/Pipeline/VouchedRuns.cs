using Threads.Data.Cryptography;

namespace Threads.Data.Pipeline;

/// <summary>
/// Lets records through once a valid signature of their log stands on them or on one of the next 1,024 of their chain (decision 11): a run of linked records costs one
/// verification. A first record's own signature covers its identity alone and vouches for nothing.
/// </summary>
/// <param name="maxRunBytes">What a run may hold in memory.</param>
/// <param name="keys">Where keys of logs are kept.</param>
internal sealed class VouchedRuns(long maxRunBytes, VerifyingKeys keys)
{
    /// <summary>How far behind the record its vouching signature may stand.</summary>
    public const int MaxDistance = 1_024;

    private readonly List<IncomingRecord> _run = [];
    private Ed25519PublicKey? _key;
    private long _bytes;

    /// <summary>The first record that nothing vouched for.</summary>
    public IncomingRecord? Unvouched { get; private set; }

    /// <summary>Takes the next record; gives back those that a signature vouches for.</summary>
    public IEnumerable<IncomingRecord> Add(IncomingRecord record)
    {
        var continues = _run.Count > 0 && _run[^1].Record.RecordCid == record.Record.Previous && _run[^1].LogKey.AsSpan().SequenceEqual(record.LogKey);
        if (_run.Count > 0 && (!continues || _run.Count > MaxDistance || _bytes > maxRunBytes))
        {
            foreach (var vouched in Flush())
            {
                yield return vouched;
            }
        }

        _run.Add(record);
        _bytes += record.Record.Row.Length;
    }

    /// <summary>Judges the run by its newest valid signature; nothing follows, or nothing that continues it.</summary>
    public List<IncomingRecord> Flush()
    {
        var count = _run.Count;
        while (count > 0 && !Holds(_run[count - 1]))
        {
            count--;
        }

        Unvouched ??= count < _run.Count ? _run[count] : null;
        var vouched = _run.GetRange(0, count);
        _run.Clear();
        _bytes = 0;
        return vouched;
    }

    private bool Holds(IncomingRecord record)
    {
        if (!record.Record.Previous.IsDefined)
        {
            return false;
        }

        if (_key is null || !_key.Bytes.SequenceEqual(record.LogKey))
        {
            _key = keys.Find(record.LogKey);
        }

        return _key is not null && record.Record.SignatureHolds(_key);
    }
}
