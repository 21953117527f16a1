using Threads.Data.Cryptography;
using Threads.Data.Events;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Pipeline;
using Threads.Data.Records;
using Threads.Simulation.Model;

namespace Threads.Simulation;

/// <summary>
/// A member of the thread with a program of his own: he has the thread's keys and seals whatever he likes, into a log of his own or, with a stolen key, into somebody else's. What he says is refused, or
/// means the same everywhere.
/// </summary>
internal sealed partial class Liar : IDisposable
{
    private readonly SymmetricKey _replica;
    private readonly SymmetricKey _read;
    private readonly byte[] _thread;
    private readonly Chance _random;
    private readonly List<SealedRecord> _chain = [];
    private Ed25519PrivateKey _log;
    private Ed25519PrivateKey _identity;
    private long _time;

    public Liar(ThreadKey key, byte[] thread, ulong seed)
    {
        _replica = new SymmetricKey(key.Replica);
        _read = new SymmetricKey(key.Read);
        _thread = thread;
        _random = new Chance(seed);
        _log = Ed25519PrivateKey.Generate(_random);
        _identity = Ed25519PrivateKey.Generate(_random);
    }

    private byte[] LogId => Data.Identity.LogId.FromPublicKey(_log.PublicKey).ToBytes();

    private byte[] IdentityKey => KeyProtobuf.EncodePublic(_identity.PublicKey);

    /// <summary>Something to send, and what it is.</summary>
    /// <param name="chance">Of this lie.</param>
    /// <param name="now">The true time, in the unit of events.</param>
    /// <param name="tables">Those of the thread.</param>
    /// <param name="victim">A peer whose key he got hold of.</param>
    public (string What, byte[] Bytes) Lie(Chance chance, long now, IReadOnlyList<TableModel> tables, SimPeer victim)
    {
        _random.Reseed(chance.Next());
        if (_chain.Count == 0)
        {
            Begin(now);
        }

        _time = Math.Max(_time + 1, now);
        switch (chance.Below(18))
        {
            case 0:
                return ("a bad signature", File(Next(chance, tables, signer: _identity, keep: false)));
            case 1:
                var (one, other) = (Next(chance, tables, keep: false), Next(chance, tables));
                return ("a fork", chance.OneIn(2) ? Whole([.. _chain.SkipLast(1), one]) : File([one, other]));
            case 2:
                var garbage = new byte[chance.Below(400)];
                chance.Fill(garbage);
                return ("garbage", garbage);
            case 3:
                garbage = new byte[1 + chance.Below(200)];
                chance.Fill(garbage);
                return ("garbage in blocks", Car([garbage, [0x80], [0x58, 0x01, 0x00], garbage]));
            case 4:
                return ("somebody else's event in his log", File(Seal(_chain[^1].RecordCid, Borrowed(victim) ?? [0x80])));
            case 5:
                return ("a time before the last one", File(Next(chance, tables, time: _time - 1_000_000_000_000, keep: false)));
            case 6:
                _time += chance.Between(1, 100) * 36_000_000_000_000;
                return ("a time to come", File(Next(chance, tables)));
            case 7:
                return ("another position than it has", File(Next(chance, tables, position: _chain.Count + (int)chance.Between(2, 9), keep: false)));
            case 8:
                return ("an opening of another thread", Stranger(chance, thread: [1, 2, 3], signed: true));
            case 9:
                return ("an opening that he did not sign", Stranger(chance, _thread, signed: false));
            case 10:
                return ("a log without an opening", Stranger(chance, null, signed: true));
            case 11:
                return ("a record sealed anew", Whole([.. _chain.SkipLast(1), Reseal(_chain[^1])]));
            case 12:
                return ("a payload that is none", File(Seal(_chain[^1].RecordCid, Malformed(chance))));
            case 13:
                return ("an event of a kind nobody knows", File(Keep(Seal(_chain[^1].RecordCid, Payload(_chain.Count + 1, _time, new EventShape((EventKind)77, "n", 1, ["id"]), w => w.WriteInt64(1))))));
            case 14:
                return ("a row without a key", File(Seal(_chain[^1].RecordCid, Payload(_chain.Count + 1, _time, new EventShape(EventKind.Create, tables[0].Canonical, 1, ["id"]), w => w.WriteNull()))));
            case 15:
                return ("his whole log", Whole(_chain));
            default:
                return ("rows of his own", File(Next(chance, tables)));
        }
    }

    public void Dispose()
    {
        _replica.Dispose();
        _read.Dispose();
        _log.Dispose();
        _identity.Dispose();
    }

    private void Begin(long now)
    {
        _time = now;
        _chain.Add(Opening(_thread, signed: true));
    }

    private SealedRecord Keep(SealedRecord record)
    {
        _chain.Add(record);
        return record;
    }

    private SealedRecord Opening(byte[] thread, bool signed)
    {
        var statement = OwnLog.Statement(thread, LogId, IdentityKey);
        var byLog = new byte[Ed25519.SignatureSize];
        var byIdentity = new byte[Ed25519.SignatureSize];
        (signed ? _log : _identity).Sign(statement, byLog);
        _identity.Sign(statement, byIdentity);
        return Seal(default, Payload(1, _time, OwnLog.Opening, w =>
        {
            w.WriteBytes(thread);
            w.WriteBytes(LogId);
            w.WriteBytes(IdentityKey);
            w.WriteBytes(byLog);
            w.WriteBytes(byIdentity);
        }));
    }

    /// <summary>A log of two records under a new key.</summary>
    private byte[] Stranger(Chance chance, byte[]? thread, bool signed)
    {
        var (log, identity) = (_log, _identity);
        using (_log = Ed25519PrivateKey.Generate(_random))
        using (_identity = Ed25519PrivateKey.Generate(_random))
        {
            var first = thread is null ? Seal(default, Payload(1, _time, new EventShape(EventKind.Delete, "n", 1, ["id"]), w => w.WriteInt64(chance.Below(9)))) : Opening(thread, signed);
            var second = Seal(first.RecordCid, Payload(2, _time + 10, new EventShape(EventKind.Delete, "n", 1, ["id"]), w => w.WriteInt64(chance.Below(9))));
            (_log, _identity) = (log, identity);
            return Pack(first, second);
        }
    }

    /// <summary>A record of some events on the thread's tables, that says what its arguments say.</summary>
    private SealedRecord Next(Chance chance, IReadOnlyList<TableModel> tables, long? time = null, int? position = null, Ed25519PrivateKey? signer = null, bool keep = true)
    {
        using var payload = new PayloadWriter();
        payload.Begin();
        for (var i = chance.Between(1, 3); i > 0; i--)
        {
            Event(payload, chance, chance.Pick(tables));
        }

        var count = payload.Count;
        var at = time ?? _time;
        var body = payload.Finish(LogId, position ?? _chain.Count + 1, at).ToArray();
        var record = RecordSealer.Seal(_replica, _read, signer ?? _log, IdentityKey, _chain[^1].RecordCid, body, _random);
        if (keep)
        {
            _chain.Add(record);
            _time = Math.Max(_time, at + count);
        }

        return record;
    }

    private static void Event(PayloadWriter payload, Chance chance, TableModel table)
    {
        var kind = chance.Below(5) switch { 0 => EventKind.Delete, 1 or 2 => EventKind.Save, _ => EventKind.Create };
        var others = table.Columns.Skip(table.KeyCount).Where(_ => kind != EventKind.Delete && (kind == EventKind.Create || chance.OneIn(2))).ToArray();
        var columns = table.Columns.Take(table.KeyCount).Concat(others).Select(c => c.Canonical).ToList();
        var more = kind != EventKind.Delete && chance.OneIn(6);
        if (more)
        {
            columns.Add("unheard_of");
        }

        payload.StartEvent(payload.Add(new EventShape(kind, table.Canonical, table.KeyCount, [.. columns])), columns.Count);
        foreach (var column in table.Columns.Take(table.KeyCount).Concat(others))
        {
            Write(payload.Values, chance, column, isKey: !others.Contains(column));
        }

        if (more)
        {
            payload.Values.WriteInt64(1);
        }
    }

    /// <summary>Mostly of the column's type, sometimes one that its affinity makes another value of.</summary>
    private static void Write(CborWriter writer, Chance chance, ColumnModel column, bool isKey)
    {
        var number = chance.Between(0, 9);
        switch (column.Affinity)
        {
            case Affinity.Text when !isKey && chance.OneIn(8):
                writer.WriteInt64(number);
                break;
            case Affinity.Text:
                writer.WriteText($"{(char)((chance.OneIn(2) ? 'a' : 'A') + chance.Below(4))}");
                break;
            case Affinity.Real when chance.OneIn(2):
                writer.WriteDouble(number / 4.0);
                break;
            case Affinity.Numeric or Affinity.Real when chance.OneIn(6):
                writer.WriteText(number.ToString(System.Globalization.CultureInfo.InvariantCulture));
                break;
            default:
                writer.WriteInt64(number);
                break;
        }
    }

    private static byte[]? Borrowed(SimPeer victim)
    {
        var core = victim.Core;
        core.Logs.Forget();
        core.OwnLog.Forget();
        return core.OwnLog.Find() is { Head: > 1 } log && core.OpenPayload(Data.Logs.RecordId.Of(log.Id, 2), new Data.Views.PinnedBuffer(), out var payload) ? payload.ToArray() : null;
    }

    private byte[] Malformed(Chance chance) => chance.Below(4) switch
    {
        0 => [0x80],
        1 => Payload(_chain.Count + 1, _time, new EventShape(EventKind.Create, "n", 1, ["id", "a"]), w => w.WriteInt64(1), count: 2),
        2 => Payload(_chain.Count + 1, _time, new EventShape(EventKind.Create, "n", 1, ["id", "a"]), w =>
        {
            w.WriteInt64(1);
            w.StartMap(1);
            w.WriteTextUtf8("q"u8);
            w.WriteInt64(1);
        }),
        _ => [.. Payload(_chain.Count + 1, _time, new EventShape(EventKind.Delete, "n", 1, ["id"]), w => w.WriteInt64(1)), 0],
    };

    private byte[] Payload(long position, long time, EventShape shape, Action<CborWriter> values, int? count = null)
    {
        using var payload = new PayloadWriter();
        payload.Begin();
        payload.StartEvent(payload.Add(shape), count ?? shape.Columns.Length);
        values(payload.Values);
        return payload.Finish(LogId, position, time).ToArray();
    }

    private SealedRecord Seal(Cid previous, byte[] payload) => RecordSealer.Seal(_replica, _read, _log, IdentityKey, previous, payload, _random);

    /// <summary>The same record under another nonce.</summary>
    private SealedRecord Reseal(SealedRecord record)
    {
        var row = (byte[])record.Row.Clone();
        row[RecordRow.NonceStart] ^= (byte)(1 + _random.Below(255));
        return SealedRecord.FromRow(row, record.Previous, _replica, record.Identity)!;
    }

    private static byte[] Whole(IReadOnlyList<SealedRecord> chain) => Pack(chain);

    /// <summary>Every second time all that came before goes with it, so that the lie is judged at once and does not wait.</summary>
    private byte[] File(params SealedRecord[] records) => Pack(_random.OneIn(2) && records.All(r => r.Previous.IsDefined) ? [.. _chain.Except(records), .. records] : records);

    private static byte[] Pack(params IEnumerable<SealedRecord> records) => Car(records.SelectMany(r => new[] { r.RecordBlock.ToArray(), r.EventBlock(), r.HeaderBlock(), r.BodyBlock() }));

    private static byte[] Car(IEnumerable<byte[]> blocks)
    {
        using var stream = new MemoryStream();
        using (var car = new CarWriter(stream))
        {
            car.WriteHeader([]);
            foreach (var block in blocks)
            {
                car.WriteBlock(Cid.ForDagCbor(block), block);
            }

            car.Flush();
        }

        return stream.ToArray();
    }
}
