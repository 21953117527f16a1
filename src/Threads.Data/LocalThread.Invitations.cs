using Threads.Data.Access;
using Threads.Data.Identity;
using Threads.Data.Pipeline;
using Threads.Data.Resources;

namespace Threads.Data;

public sealed partial class LocalThread
{
    /// <summary>
    /// Invites somebody (docs/access.md). In a thread with lists it is a record that admits whoever shows the token, and all peers judge joins by it; only admins invite. In a raw thread, and to
    /// <see cref="ThreadRoles.Replicate"/> alone, an invitation is the keys and nothing else: neither an end nor a number of uses can be kept to, and both are refused.
    /// </summary>
    /// <param name="to">A peer, whom alone it is sealed to, or <see cref="ThreadPrincipal.Everybody"/>: whoever has it.</param>
    /// <param name="roles">At the whole thread, below admin; in a raw thread <see cref="ThreadRoles.Write"/> or <see cref="ThreadRoles.Replicate"/>.</param>
    /// <param name="expires">Joins at this time or later count for nobody; null: no end.</param>
    /// <param name="uses">How many peers may join by it; null: one.</param>
    /// <exception cref="ThreadsException">This peer is no admin, a group was invited, or what is asked for can't be kept to.</exception>
    public ThreadInvitation Invite(ThreadPrincipal to, ThreadRoles roles, DateTimeOffset? expires = null, int? uses = null)
    {
        if (AccessPrincipal.IsGroup(to.Text))
        {
            throw ThreadsErrors.AccessChange(Strings.InvitationGroup(to.ToString()));
        }

        var peer = AccessPrincipal.IsPeer(to.Text) ? to.Text : null;
        long? until = expires is { } time ? ThreadCapability.Nanoseconds(time) : null;
        return new ThreadInvitation(Inviting(invitations => invitations.Invite(peer, roles, until, uses)));
    }

    /// <inheritdoc cref="Invite" />
    /// <param name="to">A peer, whom alone it is sealed to, or <see cref="ThreadPrincipal.Everybody"/>: whoever has it.</param>
    /// <param name="roles">At the whole thread, below admin; in a raw thread <see cref="ThreadRoles.Write"/> or <see cref="ThreadRoles.Replicate"/>.</param>
    /// <param name="expires">Joins at this time or later count for nobody; null: no end.</param>
    /// <param name="uses">How many peers may join by it; null: one.</param>
    /// <param name="cancellationToken">Before it begins.</param>
    public Task<ThreadInvitation> InviteAsync(ThreadPrincipal to, ThreadRoles roles, DateTimeOffset? expires = null, int? uses = null, CancellationToken cancellationToken = default)
        => Task.Run(() => Invite(to, roles, expires, uses), cancellationToken);

    /// <summary>Ends an invitation. Who joined by it, and whose join is here, keeps its roles; a join that this peer had not seen counts for nobody, whatever its time.</summary>
    /// <param name="invitation">Its <see cref="ThreadInvitation.Id"/>, as <c>threads_invites</c> shows it.</param>
    /// <exception cref="ThreadsException">It is not in this thread, or this peer is no admin.</exception>
    public void Withdraw(PeerId invitation) => Inviting(invitations =>
    {
        invitations.Withdraw(ThreadPrincipal.Peer(invitation).Text);
        return true;
    });

    /// <inheritdoc cref="Withdraw" />
    /// <param name="invitation">Its <see cref="ThreadInvitation.Id"/>, as <c>threads_invites</c> shows it.</param>
    /// <param name="cancellationToken">Before it begins.</param>
    public Task WithdrawAsync(PeerId invitation, CancellationToken cancellationToken = default) => Task.Run(() => Withdraw(invitation), cancellationToken);

    /// <summary>Lets a device in that asked: grants it the roles by name, and seals the thread's keys to it. The invitation is of use to nobody else, and never ends; to put the device out, revoke it.</summary>
    /// <param name="request">What the device showed.</param>
    /// <param name="roles">At the whole thread; in a raw thread <see cref="ThreadRoles.Write"/> or <see cref="ThreadRoles.Replicate"/>.</param>
    /// <exception cref="ThreadsException">This peer is no admin, or the roles can't be given.</exception>
    public ThreadInvitation Approve(ThreadJoinRequest request, ThreadRoles roles)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new ThreadInvitation(Inviting(invitations => invitations.Approve(ThreadPrincipal.Peer(request.Peer).Text, roles)));
    }

    /// <inheritdoc cref="Approve" />
    /// <param name="request">What the device showed.</param>
    /// <param name="roles">At the whole thread; in a raw thread <see cref="ThreadRoles.Write"/> or <see cref="ThreadRoles.Replicate"/>.</param>
    /// <param name="cancellationToken">Before it begins.</param>
    public Task<ThreadInvitation> ApproveAsync(ThreadJoinRequest request, ThreadRoles roles, CancellationToken cancellationToken = default) => Task.Run(() => Approve(request, roles), cancellationToken);

    /// <summary>Shows a token in this peer's log, and takes what it hands over.</summary>
    internal void Join(InvitationToken token, InvitationSecret secret) => Inviting(invitations =>
    {
        invitations.Join(token, secret);
        return true;
    });

    private T Inviting<T>(Func<Invitations, T> work) => _connection.Guarded(() => Writing(() => work(new Invitations(Session))));
}
