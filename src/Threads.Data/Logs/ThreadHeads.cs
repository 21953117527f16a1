using Threads.Data.Ipld;
using Threads.Data.Resources;

namespace Threads.Data.Logs;

/// <summary>
/// How far a peer has each log of a thread; what another side needs to know to send only what is missing. Text: base64url of the CBOR of
/// [[key, position, head, [earlier position, its record …]] …].
/// </summary>
public sealed class ThreadHeads
{
    private readonly IReadOnlyList<IReadOnlyList<(long Counter, Cid Cid)>> _earlier;

    internal ThreadHeads(IReadOnlyList<ThreadHead> heads, IReadOnlyList<IReadOnlyList<(long Counter, Cid Cid)>> earlier) => (Heads, _earlier) = (heads, earlier);

    internal ThreadHeads(IReadOnlyList<ThreadHead> heads)
        : this(heads, Array.ConvertAll(new int[heads.Count], _ => Array.Empty<(long, Cid)>()))
    {
    }

    /// <summary>One entry a log, or a branch of a forked one.</summary>
    public IReadOnlyList<ThreadHead> Heads { get; }

    /// <summary>The furthest position of each log, by its key in lower-case hex.</summary>
    internal Dictionary<string, long> Counters() => Heads.GroupBy(h => h.PublicKey).ToDictionary(g => g.Key, g => g.Max(h => h.Counter));

    /// <summary>What somebody has who has what both name: of each log the further head; of one that has branches, of which one of both names several heads, all that are named.</summary>
    public static ThreadHeads Furthest(ThreadHeads first, ThreadHeads second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var branched = new[] { first, second }.SelectMany(heads => heads.Heads.GroupBy(h => h.PublicKey).Where(log => log.Count() > 1).Select(log => log.Key)).ToHashSet(StringComparer.Ordinal);
        var furthest = first.Pairs().Concat(second.Pairs()).DistinctBy(p => p.Head).GroupBy(p => p.Head.PublicKey)
            .SelectMany(log => log.Where(p => branched.Contains(log.Key) || p.Head.Counter == log.Max(other => other.Head.Counter))).ToArray();
        return new(Array.ConvertAll(furthest, p => p.Head), Array.ConvertAll(furthest, p => p.Earlier));
    }

    /// <summary>
    /// The heads of a log and records at growing distances before them. Who has less of it than this peer does not know the head, but one of these, and sends nothing again.
    /// </summary>
    internal IEnumerable<(long Counter, Cid Cid)> Known(string publicKey)
    {
        for (var i = 0; i < Heads.Count; i++)
        {
            if (Heads[i].PublicKey != publicKey)
            {
                continue;
            }

            yield return (Heads[i].Counter, Heads[i].Cid);
            foreach (var earlier in _earlier[i])
            {
                yield return earlier;
            }
        }
    }

    /// <summary>The positions before a head that <see cref="Known"/> names: each distance a quarter more than the one before, down to the log's first.</summary>
    internal static IEnumerable<long> PositionsBefore(long head, long first)
    {
        var distance = 1L;
        for (; head - distance > first; distance += Math.Max(1, distance / 4))
        {
            yield return head - distance;
        }

        if (head > first)
        {
            yield return first;
        }
    }

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static ThreadHeads Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            var reader = new CborReader(System.Buffers.Text.Base64Url.DecodeFromChars(text));
            var heads = new ThreadHead[reader.ReadArray()];
            var earlier = new (long, Cid)[heads.Length][];
            for (var i = 0; i < heads.Length; i++)
            {
                if (reader.ReadArray() != 4)
                {
                    throw new FormatException(Strings.HeadsFormat());
                }

                heads[i] = new ThreadHead(Convert.ToHexStringLower(reader.ReadBytes()), reader.ReadInt64(), reader.ReadLink());
                var items = reader.ReadArray();
                if (items % 2 != 0)
                {
                    throw new FormatException(Strings.HeadsFormat());
                }

                earlier[i] = new (long, Cid)[items / 2];
                for (var j = 0; j < earlier[i].Length; j++)
                {
                    earlier[i][j] = (reader.ReadInt64(), reader.ReadLink());
                }
            }

            reader.EnsureEnd();
            return new ThreadHeads(heads, earlier);
        }
        catch (Exception e) when (e is CborException or FormatException)
        {
            throw new FormatException(Strings.HeadsFormat(), e);
        }
    }

    /// <summary>One line of text that <see cref="Parse"/> reads.</summary>
    public override string ToString()
    {
        using var writer = new CborWriter();
        writer.StartArray(Heads.Count);
        for (var i = 0; i < Heads.Count; i++)
        {
            writer.StartArray(4);
            writer.WriteBytes(Convert.FromHexString(Heads[i].PublicKey));
            writer.WriteInt64(Heads[i].Counter);
            writer.WriteLink(Heads[i].Cid);
            writer.StartArray(2 * _earlier[i].Count);
            foreach (var (counter, cid) in _earlier[i])
            {
                writer.WriteInt64(counter);
                writer.WriteLink(cid);
            }
        }

        return System.Buffers.Text.Base64Url.EncodeToString(writer.WrittenSpan);
    }

    private IEnumerable<(ThreadHead Head, IReadOnlyList<(long Counter, Cid Cid)> Earlier)> Pairs() => Heads.Select((head, i) => (head, _earlier[i]));
}

/// <summary>The newest record of a log.</summary>
/// <param name="PublicKey">The log's Ed25519 key in lower-case hex.</param>
/// <param name="Counter">Its position: how many records the log has.</param>
/// <param name="Cid">The record's CID.</param>
public sealed record ThreadHead(string PublicKey, long Counter, Cid Cid);
