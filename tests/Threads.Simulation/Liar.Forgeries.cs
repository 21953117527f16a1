using Threads.Data.Cryptography;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Data.Records;
using Threads.Simulation.Model;

namespace Threads.Simulation;

/// <content>What keeps the rules of the form and none of the spirit: keys of other types than the columns', operations that make no sense, times of long ago, records in a log whose key was stolen.</content>
internal sealed partial class Liar
{
    /// <summary>Later than anybody's clock of a run, and not so late that it is refused.</summary>
    private const long EndOfTime = long.MaxValue - 1_000_000;

    private static readonly string[] Operations = ["+", "max", "min", "max-t", "set", "json", "text", "list", "call", "nobody-knows"];

    /// <inheritdoc cref="Lie"/>
    public (string What, byte[] Bytes) Forge(Chance chance, long now, IReadOnlyList<TableModel> tables, SimPeer victim)
    {
        _random.Reseed(chance.Next());
        if (_chain.Count == 0)
        {
            Begin(now);
        }

        _time = Math.Max(_time + 1, now);
        switch (chance.Below(10))
        {
            case 0 or 1 or 2:
                return ("keys of other types", File(Keep(Of(chance, _chain.Count + 1, _time, _chain[^1].RecordCid, payload => OtherKey(payload, chance, chance.Pick(tables))))));
            case 3 or 4:
                return ("an operation of his own", File(Keep(Of(chance, _chain.Count + 1, _time, _chain[^1].RecordCid, payload => Operation(payload, chance, chance.Pick(tables))))));
            case 5:
                return ("a log of long ago", LongAgo(chance, tables));
            case 6:
                return ("a time at the end of time", File(Of(chance, _chain.Count + 1, EndOfTime, _chain[^1].RecordCid, payload => Event(payload, chance, chance.Pick(tables)))));
            default:
                return Steal(chance, tables, victim);
        }
    }

    /// <summary>A record in the log of somebody whose files he has: behind its newest one, beside one that is there, or behind a second opening.</summary>
    private (string What, byte[] Bytes) Steal(Chance chance, IReadOnlyList<TableModel> tables, SimPeer victim)
    {
        var core = victim.Core;
        core.Logs.Forget();
        core.OwnLog.Forget();
        var own = core.OwnLog.Find();
        var (log, identity) = (_log, _identity);
        Span<byte> seed = stackalloc byte[Ed25519.SeedSize];
        core.Keys.Log.CopySeed(seed);
        using (_log = new Ed25519PrivateKey(seed))
        {
            core.Keys.Identity.CopySeed(seed);
            using (_identity = new Ed25519PrivateKey(seed))
            {
                void Write(PayloadWriter payload) => Event(payload, chance, chance.Pick(tables));
                try
                {
                    if (own is null or { Head: < 2 } || chance.OneIn(6))
                    {
                        var opening = Opening(_thread, signed: true);
                        return ("a second opening with a stolen key", Pack(opening, Of(chance, 2, _time + 1, opening.RecordCid, Write)));
                    }

                    var after = chance.OneIn(2) ? own.Head : chance.Between(1, own.Head);
                    var id = RecordId.Of(own.Id, after);
                    var time = Math.Max(core.Records.EndTime(id) + 1, chance.OneIn(2) ? _time : 0);
                    return ("a record with a stolen key", Pack(Of(chance, (int)after + 1, time, core.Records.CidOf(id)!.Value, Write)));
                }
                finally
                {
                    (_log, _identity) = (log, identity);
                }
            }
        }
    }

    /// <summary>Rows that are older than all others.</summary>
    private byte[] LongAgo(Chance chance, IReadOnlyList<TableModel> tables)
    {
        var (log, identity, time) = (_log, _identity, _time);
        using (_log = Ed25519PrivateKey.Generate(_random))
        using (_identity = Ed25519PrivateKey.Generate(_random))
        {
            _time = chance.Below(1_000);
            var first = Opening(_thread, signed: true);
            var second = Of(chance, 2, _time + 1 + chance.Below(1_000), first.RecordCid, payload => Event(payload, chance, chance.Pick(tables)));
            (_log, _identity, _time) = (log, identity, time);
            return Pack(first, second);
        }
    }

    private SealedRecord Of(Chance chance, int position, long time, Cid previous, Action<PayloadWriter> write)
    {
        using var payload = new PayloadWriter();
        payload.Begin();
        for (var i = chance.Between(1, 3); i > 0; i--)
        {
            write(payload);
        }

        return Seal(previous, payload.Finish(LogId, position, time).ToArray());
    }

    /// <summary>An integer where the key is a text, a text where it is an integer, a REAL, a blob: entities of their own, whose rows may be the same.</summary>
    private static void OtherKey(PayloadWriter payload, Chance chance, TableModel table)
    {
        var kind = chance.OneIn(4) ? EventKind.Delete : chance.OneIn(3) ? EventKind.Save : EventKind.Create;
        var others = table.Columns.Skip(table.KeyCount).Where(_ => kind != EventKind.Delete).ToArray();
        string[] columns = [.. table.Columns.Take(table.KeyCount).Concat(others).Select(c => c.Canonical)];
        payload.StartEvent(payload.Add(new EventShape(kind, table.Canonical, table.KeyCount, columns)), columns.Length);
        for (var i = 0; i < table.KeyCount; i++)
        {
            var number = chance.Between(0, 4);
            switch (chance.Below(5))
            {
                case 0:
                    payload.Values.WriteText(FormattableString.Invariant($"{number}"));
                    break;
                case 1:
                    payload.Values.WriteDouble(number + (chance.OneIn(2) ? 0 : 0.5));
                    break;
                case 2:
                    payload.Values.WriteBytes([(byte)('0' + number)]);
                    break;
                default:
                    payload.Values.WriteInt64(number);
                    break;
            }
        }

        foreach (var column in others)
        {
            Write(payload.Values, chance, column, isKey: false);
        }
    }

    /// <summary>Some operation on some column, whatever the column declares, with arguments that may be none.</summary>
    private static void Operation(PayloadWriter payload, Chance chance, TableModel table)
    {
        var column = table.Columns[table.KeyCount + chance.Below(table.Columns.Length - table.KeyCount)];
        var operation = chance.Pick(Operations);
        var shape = new EventShape(EventKind.Save, table.Canonical, table.KeyCount, [.. table.Columns.Take(table.KeyCount).Append(column).Select(c => c.Canonical)],
            [.. new string?[table.KeyCount], operation]);
        payload.StartEvent(payload.Add(shape), shape.Columns.Length);
        foreach (var key in table.Columns.Take(table.KeyCount))
        {
            Write(payload.Values, chance, key, isKey: true);
        }

        switch (operation)
        {
            case "+" or "max" or "min" when column.Affinity == Affinity.Integer && chance.OneIn(2):
                payload.Values.WriteInt64(chance.Between(-5, 5));
                break;
            case "set" when column.IsCorrected && chance.OneIn(2):
                payload.Values.StartArray(2);
                payload.Values.StartArray(0);
                payload.Values.StartArray(1);
                payload.Values.WriteInt64(chance.Below(9));
                break;
            default:
                payload.Values.StartArray(1);
                payload.Values.WriteInt64(chance.Below(9));
                break;
        }
    }
}
