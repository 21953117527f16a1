using System.Security.Cryptography;
using Google.Protobuf;
using Threads.Data;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Logs;
using Threads.Net.Protobuf;
using Threads.Net.ThreadService;

namespace Threads.Net.Mvds;

/// <summary>
/// Keeps a thread in sync with one peer by MVDS over whatever carries bytes, files included: <see cref="Next"/> gives what is to go to the peer, <see cref="Receive"/>
/// takes what came from it. Whatever is lost goes again. A message is a record (a log's opening goes with its second record), its parent the one before it; it is
/// acknowledged after it was committed. The channel has to keep secrets and prove the peer (M-SEC-1). Not for several callers at a time.
/// </summary>
public sealed class MvdsThread : IMvdsMessages
{
    private const int ReadRecords = 256;
    private const int ReadBytes = 4 * 1024 * 1024;

    private readonly LocalThread _thread;
    private readonly MvdsOptions _options;
    private readonly string _name;
    private readonly MvdsSession _session;
    private readonly Dictionary<MvdsId, Place> _places = [];
    private readonly Dictionary<LogId, (Cid Head, long Counter, MvdsId? Last)> _indexed = [];
    private readonly Dictionary<LogId, long> _shared = [];
    private readonly HashSet<MvdsId> _theirs = [];

    /// <summary>Begins with a peer, or goes on where this file left off with it.</summary>
    /// <param name="thread">The thread; its connection is used by every call.</param>
    /// <param name="peer">With whom.</param>
    /// <param name="options">Parameters; both sides need the same profile.</param>
    public MvdsThread(LocalThread thread, PeerId peer, MvdsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(thread);
        (_thread, _options, _name) = (thread, options ?? new() { IsCausal = true }, $"mvds:{peer}");
        var kept = thread.GetSyncState(_name) is { } bytes ? MvdsKept.Parser.ParseFrom(bytes) : new();
        foreach (var cursor in kept.Cursors)
        {
            _shared[LogId.FromBytes(cursor.Log.Span)] = cursor.Counter;
        }

        _session = new(SHA256.HashData(thread.Id.Bytes), this, _options, kept.States.Select(s => new MvdsState(new(s.Id.Span), (MvdsStateType)s.Type, s.SendCount, s.SendEpoch)));
    }

    /// <summary>Whether nothing is under way and nothing waits.</summary>
    public bool IsIdle => _session.States.Count == 0 && _session.HeldCount == 0;

    /// <summary>What is under way.</summary>
    public IReadOnlyCollection<MvdsState> States => _session.States;

    /// <summary>The payload for the peer in this epoch; null when there is nothing to say.</summary>
    /// <param name="epoch">Counts up with time, also over restarts.</param>
    public byte[]? Next(long epoch)
    {
        Refresh();
        if (_session.Take(epoch) is not { } payload)
        {
            return null;
        }

        Keep();
        return MvdsCodec.Encode(payload, _options.Profile);
    }

    /// <summary>Takes a payload of the peer. A record that is refused is not acknowledged; the error names it once the others are taken.</summary>
    /// <param name="payload">What <see cref="Next"/> gave on the other side.</param>
    /// <param name="epoch">Now.</param>
    /// <param name="remark">Hears of what was out of place.</param>
    /// <returns>How many of its messages are stored now that were not before, those included that had waited for others.</returns>
    /// <exception cref="ThreadsPeerException">The bytes are no payload.</exception>
    /// <exception cref="ThreadsException">A record was refused.</exception>
    public int Receive(ReadOnlyMemory<byte> payload, long epoch, Action<MvdsRemark, MvdsId>? remark = null)
    {
        Refresh();
        var decoded = MvdsCodec.Decode(payload, _options.Profile);
        ThreadsException? refusal = null;
        var stored = 0;
        var open = new Queue<MvdsMessage>(_session.Receive(decoded, epoch, remark));
        while (open.TryDequeue(out var message))
        {
            try
            {
                Store(message);
                stored++;
                foreach (var next in _session.Delivered(message.Id))
                {
                    open.Enqueue(next);
                }
            }
            catch (Exception e) when (e is ThreadsException or ThreadsPeerException)
            {
                _session.Failed(message.Id);
                refusal ??= e as ThreadsException;
                if (refusal is null)
                {
                    throw;
                }
            }
        }

        Keep();
        if (refusal is not null)
        {
            throw refusal;
        }

        return stored;
    }

    bool IMvdsMessages.Has(MvdsId id) => _places.ContainsKey(id);

    MvdsMessage? IMvdsMessages.Find(MvdsId id) => _places.TryGetValue(id, out var place)
        ? Message(place.Log, _thread.ReadRecords(place.Log, place.After, place.Counter, place.Records, int.MaxValue), place.Counter + place.Records, place.Parent) : null;

    private void Store(MvdsMessage message)
    {
        MvdsEnvelope envelope;
        try
        {
            envelope = MvdsEnvelope.Parser.ParseFrom(message.Body);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Resources.Strings.MvdsMalformed(), e);
        }

        if (!LogId.TryFromBytes(envelope.Log.Span, out var log) || envelope.Records.Count is 0 or > 2 || !envelope.Records.All(ThreadMessages.IsWhole))
        {
            throw new ThreadsPeerException(ThreadsPeerErrorCode.MessageMalformed, Resources.Strings.MvdsMalformed());
        }

        _theirs.Add(message.Id);
        _thread.AddRecords(log, [.. envelope.Records.Select(ThreadMessages.Blocks)]);
        Refresh();
        _theirs.Remove(message.Id);
    }

    /// <summary>Names the records that are new here, and sends those that the peer has not sent itself.</summary>
    private void Refresh()
    {
        foreach (var log in ThreadMessages.Furthest(_thread.Logs))
        {
            var (head, counter, last) = _indexed.GetValueOrDefault(log.Id);
            while (counter < log.Counter)
            {
                var records = _thread.ReadRecords(log.Id, head, counter, ReadRecords, ReadBytes);
                for (var i = 0; i < records.Count; i++)
                {
                    var count = counter == 0 ? 2 : 1;
                    if (i + count > records.Count)
                    {
                        break;
                    }

                    var part = records.Skip(i).Take(count).ToArray();
                    var message = Message(log.Id, part, counter + count, last);
                    _places[message.Id] = new(log.Id, head, counter, count, last);
                    i += count - 1;
                    (head, counter, last) = (Cid.ForDagCbor(part[^1].Record.Span), counter + count, message.Id);
                    if (counter > _shared.GetValueOrDefault(log.Id))
                    {
                        _shared[log.Id] = counter;
                        if (!_theirs.Remove(message.Id))
                        {
                            _session.Share(message);
                        }
                    }
                }

                if (records.Count == 0)
                {
                    break;
                }
            }

            _indexed[log.Id] = (head, counter, last);
        }
    }

    private MvdsMessage Message(LogId log, IReadOnlyList<RecordBlocks> records, long counter, MvdsId? parent)
    {
        var envelope = new MvdsEnvelope { Log = ByteString.CopyFrom(log.Bytes) };
        envelope.Records.AddRange(records.Select(r => ThreadMessages.Record(r)));
        return new()
        {
            Group = SHA256.HashData(_thread.Id.Bytes),
            Timestamp = counter,
            Body = envelope.ToByteArray(),
            Metadata = parent is { } before ? new([before], false) : null,
        };
    }

    private void Keep()
    {
        var kept = new MvdsKept();
        kept.States.AddRange(_session.States.Select(s => new MvdsKept.Types.State { Id = ByteString.CopyFrom(s.Id.ToBytes()), Type = (int)s.Type, SendCount = s.SendCount, SendEpoch = s.SendEpoch }));
        kept.Cursors.AddRange(_shared.Select(c => new MvdsKept.Types.Cursor { Log = ByteString.CopyFrom(c.Key.Bytes), Counter = c.Value }));
        _thread.SetSyncState(_name, kept.ToByteArray());
    }

    private sealed record Place(LogId Log, Cid After, long Counter, int Records, MvdsId? Parent);
}
