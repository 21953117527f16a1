namespace Threads.Data.Identity;

internal enum MultiaddressValue
{
    None,
    Ip4,
    Ip6,
    Port,
    /// <summary>UTF-8 without a slash.</summary>
    Name,
    /// <summary>UTF-8 to the end of the address, slashes included.</summary>
    Path,
    Peer,
    Thread,
    Log,
}

/// <summary>One row of the protocol table (multiaddr, protocols.csv; 406 from go-threads).</summary>
internal sealed record MultiaddressProtocol(int Code, string Name, MultiaddressValue Value)
{
    private static readonly MultiaddressProtocol[] Table =
    [
        new(4, "ip4", MultiaddressValue.Ip4),
        new(6, "tcp", MultiaddressValue.Port),
        new(41, "ip6", MultiaddressValue.Ip6),
        new(53, "dns", MultiaddressValue.Name),
        new(54, "dns4", MultiaddressValue.Name),
        new(55, "dns6", MultiaddressValue.Name),
        new(56, "dnsaddr", MultiaddressValue.Name),
        new(273, "udp", MultiaddressValue.Port),
        new(290, "p2p-circuit", MultiaddressValue.None),
        new(400, "unix", MultiaddressValue.Path),
        new(406, "thread", MultiaddressValue.Thread),
        new(421, "p2p", MultiaddressValue.Peer),
        new(443, "https", MultiaddressValue.None),
        new(448, "tls", MultiaddressValue.None),
        new(449, "sni", MultiaddressValue.Name),
        new(454, "noise", MultiaddressValue.None),
        new(460, "quic", MultiaddressValue.None),
        new(461, "quic-v1", MultiaddressValue.None),
        new(477, "ws", MultiaddressValue.None),
        new(478, "wss", MultiaddressValue.None),
        new(480, "http", MultiaddressValue.None),

        // The whitepaper names /log and nobody gave it a code; this one is from the range that multicodec keeps for private use.
        new(0x300196, "log", MultiaddressValue.Log),
    ];

    private static readonly Dictionary<int, MultiaddressProtocol> ByCode = Table.ToDictionary(static p => p.Code);

    // Older names, read and never written.
    private static readonly Dictionary<string, MultiaddressProtocol>.AlternateLookup<ReadOnlySpan<char>> ByName =
        Table.Concat([new(421, "ipfs", MultiaddressValue.Peer), new(0x300196, "ipel", MultiaddressValue.Log)])
            .ToDictionary(static p => p.Name, static p => ByCode[p.Code], StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Bytes of every value; -1 when each says its own length.</summary>
    public int SizeBytes => Value switch
    {
        MultiaddressValue.None => 0,
        MultiaddressValue.Port => 2,
        MultiaddressValue.Ip4 => 4,
        MultiaddressValue.Ip6 => 16,
        _ => -1,
    };

    public static MultiaddressProtocol? Find(ulong code) => code <= int.MaxValue ? ByCode.GetValueOrDefault((int)code) : null;

    public static MultiaddressProtocol? Find(ReadOnlySpan<char> name) => ByName.TryGetValue(name, out var protocol) ? protocol : null;
}
