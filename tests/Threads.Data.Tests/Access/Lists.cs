using Threads.Data.Access;
using Threads.Data.Cryptography;
using Threads.Data.Identity;

namespace Threads.Data.Tests.Access;

/// <summary>A thread's changes written down by hand: peers by letters, each with one log, a counter for time. No database.</summary>
internal sealed class Lists : ILogAncestry
{
    private const long RecordsPerLog = 1 << 20;

    private readonly List<string> _peers = [];
    private readonly FirstList _first;
    private readonly Dictionary<string, long> _heads = new(StringComparer.Ordinal);
    private long _time = 1_000;

    public Lists(int peers)
    {
        var random = SystemRandomSource.Instance;
        for (var i = 0; i < peers; i++)
        {
            using var key = Ed25519PrivateKey.Generate(random);
            var peer = PeerId.FromPublicKey(key.PublicKey);
            _peers.Add(AccessPrincipal.Of(peer));
            _heads.Add(_peers[i], 0);
            Owner ??= FirstList.Create(peer, random);
        }

        _first = FirstList.Read(Owner!, FirstList.IdOf(Owner!))!;
    }

    public byte[]? Owner { get; }

    public string Anchor => _first.Digest;

    public FirstList First => _first;

    public List<AccessStatement> All { get; } = [];

    public string this[int peer] => _peers[peer];

    public long Time => _time;

    /// <summary>The peer's next record, as an event.</summary>
    public Standpoint Write(int peer, long? time = null) => new(_peers[peer], Record(peer, ++_heads[_peers[peer]]), time ?? ++_time);

    /// <summary>A change by a peer that had seen these.</summary>
    public AccessStatement Say(int peer, AccessStatement[] seen, params AccessOp[] ops) => Say(peer, ++_time, seen, ops);

    public AccessStatement Say(int peer, long time, AccessStatement[] seen, params AccessOp[] ops)
    {
        var position = ++_heads[_peers[peer]];
        var follows = seen.Length == 0 ? [Anchor] : Array.ConvertAll(seen, s => s.Digest);
        var statement = new AccessStatement(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(Record(peer, position)))), _peers[peer], Record(peer, position), time, new AccessChange(follows, ops));
        All.Add(statement);
        return statement;
    }

    /// <summary>What is there of a peer's log now, or was at an earlier place.</summary>
    public AccessHead Head(int peer, long? position = null) => new(LogOf(Record(peer, 1)), Math.Max(position ?? _heads[_peers[peer]], 1), "");

    /// <summary>Those heads that name something.</summary>
    public AccessHead[] Heads(int peer) => _heads[_peers[peer]] == 0 ? [] : [Head(peer)];

    public AccessRules Rules(IEnumerable<AccessStatement>? of = null) => new(_first, [.. of ?? All], this);

    public AccessReason Judge(Standpoint at, ThreadRoles role = ThreadRoles.Write, AccessPath path = default) => Rules().Judge(at, path, role);

    public AccessOp Grant(int peer, ThreadRoles roles, AccessPath path = default) => AccessOp.Grant(path, _peers[peer], roles);

    public AccessOp Revoke(int peer, ThreadRoles roles, AccessPath path = default) => AccessOp.Revoke(path, _peers[peer], roles, Heads(peer));

    public AccessOp Expel(int peer) => AccessOp.Expel(_peers[peer], Heads(peer));

    public string LogOf(long record) => (record / RecordsPerLog).ToString("x64", System.Globalization.CultureInfo.InvariantCulture);

    public bool Covers(AccessHead head, long record) => LogOf(record) == head.Log && record % RecordsPerLog <= head.Position;

    private static long Record(int peer, long position) => ((peer + 1) * RecordsPerLog) + position;
}
