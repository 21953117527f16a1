namespace Threads.Data.Tests.Access;

/// <summary>
/// Peers that write, grant, revoke, appoint and dismiss at random, with records travelling in pieces and in any order: in the end all have the same tables, lists and refusals, and a rebuild from the records has them,
/// too (T-ACL-7, I1, I2).
/// </summary>
public sealed class AccessOrderTests
{
    private const int Steps = 100;
    private const int PeerCount = 4;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 8)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Any_order_of_arrival_gives_the_same_verdicts_and_tables_T_ACL_7(int seed)
    {
        var random = new Random(seed);
        var peers = new List<Peer> { Peer.Owner("CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT)", "CREATE TABLE m(id INTEGER PRIMARY KEY, a TEXT UNIQUE)") };
        while (peers.Count < PeerCount)
        {
            peers.Add(peers[0].Join());
        }

        try
        {
            peers[0].Connection.Access.Grant(ThreadPrincipal.Everybody, ThreadRoles.Write | ThreadRoles.Delete);
            foreach (var other in peers.Skip(1))
            {
                peers[0].SendTo(other);
            }

            for (var step = 0; step < Steps; step++)
            {
                var peer = peers[random.Next(peers.Count)];
                Allowed(() => Act(peer, peers, random));
                if (random.Next(3) == 0)
                {
                    Send(peer, peers[random.Next(peers.Count)], random);
                }
            }

            for (var round = 0; round < 2; round++)
            {
                foreach (var from in peers.OrderBy(_ => random.Next()))
                {
                    foreach (var to in peers.OrderBy(_ => random.Next()).Where(p => p != from))
                    {
                        from.SendTo(to);
                    }
                }
            }

            // Ranges of keys, and read keys to who lacks them, are handed on at the end of an exchange; in the end nothing is left to send.
            for (var moved = 1L; moved > 0;)
            {
                moved = peers.Sum(to => peers.Where(p => p != to).Sum(from => from.SendTo(to).Added));
            }

            // Who may read can read all of it. Who is out lacks keys; with them he would have what all have.
            var owner = peers[0].Connection.OpenSession().Core;
            var readers = owner.Rotation.Readers(owner.Access.Fresh());
            Assert.All(peers.Where(p => readers.Contains(p.Connection.OpenSession().Core.Access.Me)), p => Assert.Equal(0, p.One<long>("SELECT count(*) FROM threads_records WHERE unread IS NOT NULL")));
            var keys = peers.SelectMany(p => p.Connection.OpenSession().Core.Keys.ExportReads()).ToArray();
            peers.ForEach(p => Pipeline.LockedRecordTests.Take(p, keys));
            var states = peers.ConvertAll(AccessTests.State);
            Assert.All(states, state => Assert.Equal(states[0], state));
            using var late = peers[0].Join();
            foreach (var file in peers.Select(p => p.Export()).OrderBy(_ => random.Next()))
            {
                late.Import(file);
            }

            Pipeline.LockedRecordTests.Take(late, keys);

            Assert.Equal(states[0], AccessTests.State(late));
            AccessTests.Sound([.. peers]);
        }
        finally
        {
            peers.ForEach(p => p.Dispose());
        }
    }

    private static void Act(Peer peer, List<Peer> peers, Random random)
    {
        var access = peer.Connection.Access;
        var other = peers[random.Next(peers.Count)].Connection.Thread.Identity;
        var table = random.Next(2) == 0 ? "n" : "m";
        var role = random.Next(3) == 0 ? ThreadRoles.Delete : ThreadRoles.Write;
        switch (random.Next(20))
        {
            case 0:
                access.Grant(other, role | ThreadRoles.Read);
                break;
            case 1:
                access.Revoke(other, role);
                break;
            case 2:
                access.Grant(other, ThreadRoles.Admin);
                break;
            case 3:
                access.Revoke(other);
                break;
            case 4:
                access.AddMember("g", other);
                break;
            case 5:
                access.RemoveMember("g", other);
                break;
            case 6:
                access.Grant("g", role, table);
                break;
            case 7 when random.Next(2) == 0:
                access.RemoveGroup("g");
                break;
            case 7:
                access.Unrestrict(table);
                break;
            case 8:
                access.Grant(other, role, table, random.Next(5));
                break;
            case 9 when random.Next(2) == 0:
                access.Revoke(ThreadPrincipal.Everybody, role);
                break;
            case 9:
                access.Grant(ThreadPrincipal.Everybody, role);
                break;
            case 10 when random.Next(2) == 0:
                access.RotateKeys();
                break;
            case 10:
                peer.Run($"DELETE FROM {table} WHERE id = {random.Next(8)}");
                break;
            case < 14:
                peer.Run($"UPDATE {table} SET a = 'u{random.Next(20)}' WHERE id = {random.Next(8)}");
                break;
            default:
                peer.Run($"INSERT OR IGNORE INTO {table} VALUES({random.Next(8)}, 'i{random.Next(20)}')");
                break;
        }
    }

    private static void Send(Peer from, Peer to, Random random)
    {
        if (from == to)
        {
            return;
        }

        // All of it, or of some logs only.
        var known = from.Connection.Thread.Heads.Heads.Where(_ => random.Next(3) == 0);
        using var stream = new MemoryStream();
        from.Connection.Thread.Export(stream, new Logs.ThreadHeads([.. known, .. to.Connection.Thread.Heads.Heads]));
        to.Import(stream.ToArray());
    }

    /// <summary>What is denied is denied by name.</summary>
    private static void Allowed(Action act)
    {
        try
        {
            act();
        }
        catch (ThreadsException e) when (e.ThreadsErrorCode is ThreadsErrorCode.AccessDenied or ThreadsErrorCode.AccessChange)
        {
        }
        catch (ThreadsException e) when (e.SqliteErrorCode == SQLitePCL.raw.SQLITE_CONSTRAINT)
        {
            // Two rows with one unique value.
        }
    }
}
