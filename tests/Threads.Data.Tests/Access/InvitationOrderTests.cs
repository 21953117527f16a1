namespace Threads.Data.Tests.Access;

/// <summary>Peers that invite, withdraw, join, write, revoke and appoint at random: any order of arrival gives the same joins, lists and tables (T-ACL-7, T-INV-4).</summary>
public sealed class InvitationOrderTests
{
    private const int Steps = 90;
    private const int PeerCount = 5;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 6)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Any_order_of_arrival_gives_the_same_joins_and_tables(int seed)
    {
        var random = new Random(seed);
        var peers = new List<Peer> { Peer.Owner("CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)") };
        while (peers.Count < PeerCount)
            peers.Add(peers[0].Join());
        var invitations = new List<ThreadInvitation> { peers[0].Connection.Thread.Invite(ThreadPrincipal.Everybody, ThreadRoles.Write | ThreadRoles.Delete, uses: 2) };
        try
        {
            for (var step = 0; step < Steps; step++)
            {
                var peer = peers[random.Next(peers.Count)];
                Allowed(() => Act(peer, peers, invitations, random));
                if (random.Next(3) == 0 && peers[random.Next(peers.Count)] is var to && to != peer)
                    Send(peer, to, random);
            }

            // Ranges of keys, and read keys to who lacks them, are handed on at the end of an exchange; in the end nothing is left to send.
            for (var moved = 1L; moved > 0;)
                moved = peers.SelectMany(f => peers.Where(t => t != f).Select(t => (f, t))).OrderBy(_ => random.Next()).ToArray().Sum(p => p.f.SendTo(p.t).Added);

            // Who may read, by a join too, can read all of it. Who is out lacks keys; with them he would have what all have.
            var owner = peers[0].Connection.OpenSession().Core;
            var readers = owner.Rotation.Readers(owner.Access.Fresh());
            Assert.All(peers.Where(p => readers.Contains(p.Connection.OpenSession().Core.Access.Me)), p => Assert.Equal(0, p.One<long>("SELECT count(*) FROM threads_records WHERE unread IS NOT NULL")));
            var keys = peers.SelectMany(p => p.Connection.OpenSession().Core.Keys.ExportReads()).ToArray();
            peers.ForEach(p => Pipeline.LockedRecordTests.Take(p, keys));
            var states = peers.ConvertAll(State);
            Assert.All(states, state => Assert.Equal(states[0], state));
            Assert.True(peers[0].One<long>("SELECT count(*) FROM threads_joins") > 0);
            using var late = peers[0].Join();
            foreach (var file in peers.Select(p => p.Export()).OrderBy(_ => random.Next()))
                late.Import(file);
            Pipeline.LockedRecordTests.Take(late, keys);
            Assert.Equal(states[0], State(late));
            AccessTests.Sound([.. peers]);
        }
        finally
        {
            peers.ForEach(p => p.Dispose());
        }
    }

    private static string State(Peer peer) => AccessTests.State(peer) + peer.One<string?>(
        "SELECT group_concat(v, '; ') FROM (SELECT coalesce(invitation, '') || identity || coalesce(reason, '') || position || time AS v FROM threads_joins UNION ALL SELECT invitation || used || withdrawn FROM threads_invites ORDER BY 1)");

    private static void Act(Peer peer, List<Peer> peers, List<ThreadInvitation> invitations, Random random)
    {
        var other = peers[random.Next(peers.Count)].Connection.Thread.Identity;
        switch (random.Next(16))
        {
            case < 3:
                invitations.Add(peer.Connection.Thread.Invite(random.Next(3) == 0 ? (ThreadPrincipal)other : ThreadPrincipal.Everybody, ThreadRoles.Write | ThreadRoles.Delete, uses: random.Next(1, 4)));
                break;
            case < 7 when invitations.Count > 0:
                var invitation = invitations[random.Next(invitations.Count)];
                using (var identity = peer.Connection.Thread.CopyIdentity())
                using (var secret = invitation.Token.Open(identity.Key))
                {
                    if (secret is not null)
                    {
                        peer.Connection.Thread.TakeReads(secret.Reads);
                        peer.Connection.Thread.Join(invitation.Token, secret);
                    }
                }

                break;
            case 7 when invitations.Count > 0:
                peer.Connection.Thread.Withdraw(invitations[random.Next(invitations.Count)].Id!.Value);
                break;
            case 8:
                peer.Connection.Access.Revoke(other);
                break;
            case 9:
                peer.Connection.Access.Grant(other, ThreadRoles.Admin);
                break;
            case 10:
                peer.Connection.Access.Revoke(other, ThreadRoles.Write);
                break;
            default:
                peer.Run($"INSERT OR REPLACE INTO n VALUES({random.Next(8)}, 'i{random.Next(20)}')");
                break;
        }
    }

    private static void Send(Peer from, Peer to, Random random)
    {
        // All of it, or of some logs only.
        var known = from.Connection.Thread.Heads.Heads.Where(_ => random.Next(3) == 0);
        using var stream = new MemoryStream();
        from.Connection.Thread.Export(stream, new Logs.ThreadHeads([.. known, .. to.Connection.Thread.Heads.Heads]));
        to.Import(stream.ToArray());
    }

    /// <summary>What is refused is refused by name.</summary>
    private static void Allowed(Action act)
    {
        try
        {
            act();
        }
        catch (ThreadsException e) when (e.ThreadsErrorCode is ThreadsErrorCode.AccessDenied or ThreadsErrorCode.AccessChange or ThreadsErrorCode.InvitationWithdrawn or ThreadsErrorCode.InvitationUsedUp or ThreadsErrorCode.InvitationAddressed)
        {
        }
    }
}
