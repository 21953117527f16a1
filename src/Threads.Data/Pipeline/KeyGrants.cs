using Threads.Data.Events;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Pipeline;

/// <summary>
/// Ranges of integer keys, handed on: whoever has one and first meets a log without any grants it a sixteenth of what is left (decision 8). A grant is an event of the
/// granting log, [log id, first, last]; two grants for one log do no harm.
/// </summary>
internal sealed class KeyGrants(SqliteDatabase database, ThreadCore core)
{
    public static readonly EventShape Shape = new(EventKind.Range, "", 0, ["log", "first", "last"]);

    /// <summary>Grants to every log that has none yet, as one record of this file's own log; in a write transaction. Null when there is nothing to grant.</summary>
    public RecordInfo? GrantMissing()
    {
        var logs = core.Logs.All().Where(l => l.Parent is null && !l.PublicKey.AsSpan().SequenceEqual(core.Keys.Log.PublicKey) && !IsGranted(l.PublicKey)).ToArray();
        var grants = new List<(byte[] Log, long First, long Last)>();
        foreach (var log in logs)
        {
            if (core.Ranges.Split(core.Catalog.All()) is { } range)
            {
                grants.Add((LogId.FromPublicKey(log.PublicKey).ToBytes(), range.First, range.Last));
                Note(log.PublicKey);
            }
        }

        return grants.Count == 0 ? null : core.OwnLog.Append(payload =>
        {
            var shape = payload.Add(Shape);
            foreach (var (log, first, last) in grants)
            {
                payload.StartEvent(shape, Shape.Columns.Length);
                payload.Values.WriteBytes(log);
                payload.Values.WriteInt64(first);
                payload.Values.WriteInt64(last);
            }
        });
    }

    /// <summary>Takes a grant from a record; the reader stands at its first value and is left behind the last.</summary>
    public void Take(ref CborReader values)
    {
        var log = LogId.FromBytes(values.ReadBytes()).PublicKey;
        var (first, last) = (values.ReadInt64(), values.ReadInt64());
        Note(log);
        if (log.SequenceEqual(core.Keys.Log.PublicKey) && first > 0 && first <= last)
        {
            database["INSERT INTO _threads_range(first, last) VALUES(?, ?) ON CONFLICT DO NOTHING"].Bind(1, first).Bind(2, last).Run();
        }
    }

    private bool IsGranted(ReadOnlySpan<byte> log) => database["SELECT 1 FROM _threads_grant WHERE log = ?"].Bind(1, log).ScalarInt64() == 1;

    private void Note(ReadOnlySpan<byte> log) => database["INSERT INTO _threads_grant(log) VALUES(?) ON CONFLICT DO NOTHING"].Bind(1, log).Run();
}
