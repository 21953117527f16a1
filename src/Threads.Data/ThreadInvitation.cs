using Threads.Data.Access;
using Threads.Data.Identity;
using Threads.Data.Ipld;
using Threads.Data.Resources;

namespace Threads.Data;

/// <summary>
/// An invitation to a thread, as text to be sent: by mail, as a link, as a QR code. One that names nobody is a secret: whoever reads it first may join. One to a peer is sealed to that peer's key, and tells others nothing but whom it is to.
/// <see cref="ThreadsDataSource.Join(string, string)"/> takes it.
/// </summary>
public sealed class ThreadInvitation
{
    private const string Scheme = "threads:";
    private const int MaxChars = 1 << 19;
    private const int TicksToNanoseconds = 100;

    internal ThreadInvitation(InvitationToken token) => Token = token;

    internal InvitationToken Token { get; }

    /// <summary>The thread it leads to.</summary>
    public ThreadId Thread => Token.Thread;

    /// <summary>Who signed it.</summary>
    public PeerId Inviter => PeerId.Parse(Token.Inviter);

    /// <summary>What it is known by in the thread, and withdrawn by (<c>threads_invites</c>); null: it is keys alone, and nothing of it is in the thread.</summary>
    public PeerId? Id => Token.Token is { } token ? PeerId.Parse(token) : null;

    /// <summary>Whom it is to; null: anybody.</summary>
    public PeerId? To => Token.To is { } to ? PeerId.Parse(to) : null;

    /// <summary>What it gives at the thread, with all that is implied; where it is keys alone, no roles: what the lists say, or in a raw thread what the keys open.</summary>
    public ThreadRoles Roles => Token.Terms is { } terms ? AccessRoles.Implied(terms.Roles) : default;

    /// <summary>From when on joins by it are refused; null: never.</summary>
    public DateTimeOffset? Expires => Token.Terms is { Expires: < long.MaxValue and var expires } ? DateTimeOffset.UnixEpoch.AddTicks(expires / TicksToNanoseconds) : null;

    /// <summary>For how many peers it is; null: it is keys alone, and nobody counts.</summary>
    public long? Uses => Token.Terms?.Uses;

    /// <summary>The invitation, <c>threads:b…</c>: letters and digits only, and case does not matter; in capitals it makes the smallest QR code.</summary>
    public string Link => Scheme + Multibase.Encode(Multibase.Base32, Token.Bytes);

    /// <summary>Reads a link, or what stands behind <c>threads:</c> in it; spaces and line breaks in between don't matter.</summary>
    /// <exception cref="ThreadsException"><see cref="ThreadsErrorCode.InvitationDamaged"/>: a character is missing or altered, its signature does not hold, or it is none at all.</exception>
    public static ThreadInvitation Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            if (text.Length > MaxChars)
            {
                throw new FormatException(Strings.InvitationLong);
            }

            var plain = string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
            plain = plain.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? plain[Scheme.Length..] : plain;
            return new ThreadInvitation(InvitationToken.Read(Multibase.DecodeBase32(plain)));
        }
        catch (Exception e) when (e is CborException or FormatException)
        {
            throw ThreadsErrors.InvitationDamaged(e.Message, e);
        }
    }

    /// <summary>Whom it is from and to; never what it hands over.</summary>
    public override string ToString() => Strings.InvitationText(Thread.ToString(), Token.Inviter, Token.To ?? AccessPrincipal.Everybody);
}
