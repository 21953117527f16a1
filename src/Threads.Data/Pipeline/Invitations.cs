using Threads.Data.Access;
using Threads.Data.Cryptography;
using Threads.Data.Identity;
using Threads.Data.Logs;
using Threads.Data.Resources;
using Threads.Data.Storage;

namespace Threads.Data.Pipeline;

/// <summary>Invites, withdraws and joins, in a write transaction. What peers can't enforce is refused before anything is made.</summary>
internal sealed class Invitations(ThreadsSession session)
{
    private readonly ThreadCore _core = session.Core;

    /// <summary>An invitation to one peer, or to whoever has the token (null).</summary>
    public InvitationToken Invite(string? to, ThreadRoles roles, long? expires, long? uses)
    {
        if (roles == 0 || (roles & ~InvitationTerms.Most) != 0)
        {
            throw ThreadsErrors.AccessChange(Strings.InvitationRoles(AccessRoles.Text(roles)));
        }

        if (IsOfKeysAlone(roles))
        {
            return expires is null && uses is null ? OfKeys(to, roles) : throw ThreadsErrors.AccessChange(Strings.InvitationBareTerms);
        }

        var now = _core.Clock.Peek();
        if (expires <= now || uses <= 0)
        {
            throw ThreadsErrors.AccessChange(Strings.InvitationTerms);
        }

        using var token = PeerIdentity.Create(_core.Options.Random);
        var terms = new InvitationTerms(roles, to, now, expires ?? long.MaxValue, uses ?? 1);
        new AccessChanges(session).Make([AccessOp.Invite(AccessPrincipal.Of(token.Id), terms)]);
        return Write(to, terms, token);
    }

    /// <summary>What a peer who asked is given: roles by name, and the keys sealed to it.</summary>
    public InvitationToken Approve(string peer, ThreadRoles roles)
    {
        if (_core.Access.IsJudging)
        {
            new AccessChanges(session).Grant(peer, roles, AccessPath.Thread);
        }
        else
        {
            IsOfKeysAlone(roles);
        }

        return OfKeys(peer, roles);
    }

    /// <summary>Ends an invitation: joins that are here stay, any other counts for nobody.</summary>
    public void Withdraw(string token)
    {
        var rules = _core.Access.Rules;
        if (rules.InvitationOf(token) is null)
        {
            throw ThreadsErrors.AccessChange(Strings.InvitationUnknown(token));
        }

        var joined = rules.Joins.Where(j => j.Join.Join?.Token == token).Select(j => j.Join.Author).ToHashSet(StringComparer.Ordinal);
        var changes = new AccessChanges(session);
        changes.Make([AccessOp.Withdraw(token, changes.HeadsOf(joined.Contains))]);
    }

    /// <summary>Shows the token in this peer's log; nothing where it did before, or where the keys were all there was. What is known here to be in vain is refused.</summary>
    public void Join(InvitationToken invitation, InvitationSecret secret)
    {
        if (invitation.Terms is not { } terms || !_core.Access.IsJudging)
        {
            return;
        }

        if (terms.Since > _core.Clock.DueUntil(_core.Options.ClockBound))
        {
            throw ThreadsErrors.InvitationAhead(invitation.Token!);
        }

        _core.Clock.Observe(terms.Since);
        if (invitation.FirstList is { } list)
        {
            _core.Access.TakeList(list);
        }

        using var key = new Ed25519PrivateKey(secret.Token);
        var join = AccessJoin.Make(_core.Keys.Thread, key, terms, invitation.Inviter, invitation.ByInviter, _core.Access.Me);
        if (_core.Access.Rules.Joins.Exists(j => j.Reason == AccessReason.None && j.Join.Author == _core.Access.Me && j.Join.Join!.Token == join.Token))
        {
            return;
        }

        session.SealSoFar();
        var log = _core.OwnLog.Open();
        Demand(_core.Access.Try(join, RecordId.Of(log.Id, log.Head + 1), _core.Clock.Peek()), join.Token);
        var bytes = join.ToBytes();
        var info = _core.OwnLog.Append(payload =>
        {
            payload.StartEvent(payload.Add(OwnLog.Join), OwnLog.Join.Columns.Length);
            payload.Values.WriteBytes(bytes);
        }, isForAll: true);
        _core.FoldOwn(info);
        session.Note(info);
    }

    private static void Demand(AccessReason reason, string token)
    {
        if (reason is not (AccessReason.None or AccessReason.NoInvitation or AccessReason.NoList))
        {
            throw reason switch
            {
                AccessReason.Withdrawn => ThreadsErrors.InvitationWithdrawn(token),
                AccessReason.UsedUp => ThreadsErrors.InvitationUsedUp(token),
                AccessReason.Expired => ThreadsErrors.InvitationExpired(token),
                AccessReason.Addressed => ThreadsErrors.InvitationAddressed(token),
                _ => ThreadsErrors.AccessDenied("join", "*", token, AccessStore.TextOf(reason)),
            };
        }
    }

    /// <summary>In a raw thread, and for who only keeps records, there is nothing but keys: no list names anybody, and nobody sees a join.</summary>
    private bool IsOfKeysAlone(ThreadRoles roles)
    {
        if (roles == ThreadRoles.Replicate)
        {
            return true;
        }

        if (_core.Access.IsJudging)
        {
            return false;
        }

        return (roles & ThreadRoles.Write) != 0 ? true : throw ThreadsErrors.AccessChange(Strings.InvitationRaw(AccessRoles.Text(roles)));
    }

    private InvitationToken OfKeys(string? to, ThreadRoles roles) => Write(to, null, null, canRead: roles != ThreadRoles.Replicate);

    private InvitationToken Write(string? to, InvitationTerms? terms, PeerIdentity? token, bool canRead = true)
    {
        var keys = _core.Keys;
        var seed = GC.AllocateArray<byte>(token is null ? 0 : Ed25519.SeedSize, pinned: true);
        token?.Key.CopySeed(seed);
        var replica = GC.AllocateArray<byte>(SymmetricKey.KeySize, pinned: true);
        keys.Replica.CopyTo(replica);
        if (canRead && keys.Read is null)
        {
            throw ThreadsErrors.ReplicaOnly();
        }

        using var secret = new InvitationSecret(seed, replica, canRead ? keys.ExportReads() : []);
        return InvitationToken.Make(
            keys.Thread, keys.Identity, to, terms, token is null ? null : AccessPrincipal.Of(token.Id), _core.Meta.Bytes(ThreadFile.FirstListName), secret, _core.Options.Random);
    }
}
