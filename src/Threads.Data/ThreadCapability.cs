using System.Buffers.Text;
using Threads.Data.Access;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Resources;

namespace Threads.Data;

/// <summary>
/// A right as a token, like a chain of certificates (Blocktree, section 2): an owner signs it to a peer, who may sign a narrower one to another, and so on. It works by itself, without an entry in a list: whoever holds one shows it
/// (<see cref="ThreadAccess.Present"/>), and writes below its path until it expires. It is no secret: only its holder can use it.
/// </summary>
public sealed class ThreadCapability
{
    private const long TicksToNanoseconds = 100;

    internal ThreadCapability(CapabilityChain chain) => Chain = chain;

    internal CapabilityChain Chain { get; }

    /// <summary>Who may use it.</summary>
    public PeerId Holder => PeerId.Parse(Chain.Holder);

    /// <summary>What its whole chain gives, with all that is implied.</summary>
    public ThreadRoles Roles => Chain.Roles;

    /// <summary>The table it is good for, by its name in events; null: the whole thread.</summary>
    public string? Collection => Chain.Links[0].Path.Components is [var collection, ..] ? collection : null;

    /// <summary>How many signatures it takes: 1 from an owner himself.</summary>
    public int Links => Chain.Links.Length;

    /// <summary>From this time on it is good for nothing: that of the link that ends first, rounded down to 100 nanoseconds.</summary>
    public DateTimeOffset Expires => DateTimeOffset.UnixEpoch.AddTicks(Chain.Expires / TicksToNanoseconds);

    /// <summary>Reads what <see cref="ToString"/> wrote. Whether it holds is asked when it is shown.</summary>
    /// <exception cref="FormatException">The text is something else; it says why.</exception>
    public static ThreadCapability Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return new ThreadCapability(CapabilityChain.Read(Base64Url.DecodeFromChars(text)));
        }
        catch (Exception e) when (e is CborException or FormatException)
        {
            throw new FormatException(Strings.CapabilityText(e.Message), e);
        }
    }

    /// <summary>One line of text, in base64url.</summary>
    public override string ToString() => Base64Url.EncodeToString(Chain.Bytes);

    /// <summary>In nanoseconds since 1970, as records tell time.</summary>
    internal static long Nanoseconds(DateTimeOffset expires)
    {
        var ticks = (expires - DateTimeOffset.UnixEpoch).Ticks;
        return ticks is > 0 and <= long.MaxValue / TicksToNanoseconds ? ticks * TicksToNanoseconds : throw ThreadsErrors.AccessChange(Strings.CapabilityExpires(expires.ToString("O")));
    }
}
