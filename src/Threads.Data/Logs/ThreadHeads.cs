using Threads.Data.Ipld;
using Threads.Data.Resources;

namespace Threads.Data.Logs;

/// <summary>How far a peer has each log of a thread; what another side needs to know to send only what is missing. Text: base64url of the CBOR of [[key, position, head] …].</summary>
public sealed class ThreadHeads
{
    internal ThreadHeads(IReadOnlyList<ThreadHead> heads) => Heads = heads;

    /// <summary>One entry a log, or a branch of a forked one.</summary>
    public IReadOnlyList<ThreadHead> Heads { get; }

    /// <summary>What somebody has who has what both name: of each log the further head, and of two at one position both.</summary>
    public static ThreadHeads Furthest(ThreadHeads first, ThreadHeads second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return new([.. first.Heads.Concat(second.Heads).Distinct().GroupBy(h => h.PublicKey).SelectMany(log =>
        {
            var furthest = log.Max(h => h.Counter);
            return log.Where(h => h.Counter == furthest);
        })]);
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
            for (var i = 0; i < heads.Length; i++)
            {
                if (reader.ReadArray() != 3)
                {
                    throw new FormatException(Strings.HeadsFormat());
                }

                heads[i] = new ThreadHead(Convert.ToHexStringLower(reader.ReadBytes()), reader.ReadInt64(), reader.ReadLink());
            }

            reader.EnsureEnd();
            return new ThreadHeads(heads);
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
        foreach (var head in Heads)
        {
            writer.StartArray(3);
            writer.WriteBytes(Convert.FromHexString(head.PublicKey));
            writer.WriteInt64(head.Counter);
            writer.WriteLink(head.Cid);
        }

        return System.Buffers.Text.Base64Url.EncodeToString(writer.WrittenSpan);
    }
}

/// <summary>The newest record of a log.</summary>
/// <param name="PublicKey">The log's Ed25519 key in lower-case hex.</param>
/// <param name="Counter">Its position: how many records the log has.</param>
/// <param name="Cid">The record's CID.</param>
public sealed record ThreadHead(string PublicKey, long Counter, Cid Cid);
