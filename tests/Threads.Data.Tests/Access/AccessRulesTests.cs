using Threads.Data.Access;
using static Threads.Data.Access.AccessReason;

namespace Threads.Data.Tests.Access;

/// <summary>Each race of docs/access.md has its one outcome, in every order of the changes.</summary>
public sealed class AccessRulesTests
{
    private const ThreadRoles Admin = ThreadRoles.Admin;
    private const ThreadRoles WriteRole = ThreadRoles.Write;

    [Fact]
    public void A_grant_counts_from_its_time_on_and_a_revocation_for_all_it_had_not_seen_T_ACL_5()
    {
        var t = new Lists(2);
        var early = t.Write(1);
        var grant = t.Say(0, [], t.Grant(1, WriteRole));
        var seen = t.Write(1);
        var revocation = t.Say(0, [grant], t.Revoke(1, WriteRole));
        var unseen = t.Write(1, seen.Time + 1);

        Assert.Equal((Role, None, Role), (t.Judge(early), t.Judge(seen), t.Judge(unseen)));
        t.Say(0, [revocation], t.Grant(1, WriteRole));
        Assert.Equal((Role, None, None), (t.Judge(unseen), t.Judge(seen), t.Judge(t.Write(1))));
        Shuffled(t);
    }

    [Fact]
    public void Revoking_read_takes_write_too_and_revoking_write_leaves_what_was_granted_beside_it_T_ACL_5()
    {
        var t = new Lists(3);
        var grant = t.Say(0, [], t.Grant(1, WriteRole | ThreadRoles.Delete), t.Grant(2, WriteRole | ThreadRoles.Read));
        t.Say(0, [grant], t.Revoke(1, ThreadRoles.Read), t.Revoke(2, WriteRole));
        var (bob, carol) = (t.Write(1), t.Write(2));

        Assert.Equal((Role, Role, None), (t.Judge(bob), t.Judge(bob, ThreadRoles.Read), t.Judge(bob, ThreadRoles.Delete)));
        Assert.Equal((Role, None), (t.Judge(carol), t.Judge(carol, ThreadRoles.Read)));
    }

    [Fact]
    public void Of_a_grant_and_a_revocation_side_by_side_the_revocation_holds_T_ACL_9()
    {
        var t = new Lists(3);
        var admin = t.Say(0, [], t.Grant(1, Admin), t.Grant(2, WriteRole));
        t.Say(0, [admin], t.Revoke(2, WriteRole));
        t.Say(1, [admin], t.Grant(2, WriteRole));
        Assert.Equal(Role, t.Judge(t.Write(2)));

        t.Say(1, [.. t.All.Skip(1)], t.Grant(2, WriteRole));
        Assert.Equal(None, t.Judge(t.Write(2)));
        Shuffled(t);
    }

    [Fact]
    public void Two_admins_who_revoke_each_other_are_both_out_and_the_owner_decides()
    {
        var t = new Lists(4);
        var admins = t.Say(0, [], t.Grant(1, Admin), t.Grant(2, Admin));
        t.Say(1, [admins], t.Expel(2));
        t.Say(2, [admins], t.Expel(1));
        Assert.Equal((Expelled, Expelled), (t.Judge(t.Write(1)), t.Judge(t.Write(2))));

        t.Say(0, [.. t.All], t.Grant(1, Admin));
        Assert.Equal((None, Expelled), (t.Judge(t.Write(1)), t.Judge(t.Write(2))));
        Shuffled(t);
    }

    [Fact]
    public void Nobody_takes_the_roles_of_an_owner_or_of_who_has_a_higher_rank()
    {
        var t = new Lists(4);
        var first = t.Say(0, [], t.Grant(1, Admin));
        var second = t.Say(1, [first], t.Grant(2, Admin));
        var (onOwner, onSenior) = (t.Say(2, [second], t.Expel(0)), t.Say(2, [second], t.Expel(1)));
        var senior = t.Say(1, [second], AccessOp.Expel(t[2], []));

        Assert.Equal((None, None, Expelled), (t.Judge(t.Write(0)), t.Judge(t.Write(1)), t.Judge(t.Write(2))));

        // The senior one had not seen them: they are cut off before it matters whom they meant.
        Assert.Equal([Revoked, Revoked], Reasons(t, onOwner, onSenior));
        t.All.Remove(senior);
        Assert.Equal([Owner, Senior], Reasons(t, onOwner, onSenior));
        Shuffled(t);
    }

    [Fact]
    public void A_revoked_admins_grants_stay_as_far_as_his_revoker_had_seen_them_and_what_hangs_on_the_others_is_void()
    {
        var t = new Lists(5);
        var appointed = t.Say(0, [], t.Grant(1, Admin));
        var seen = t.Say(1, [appointed], t.Grant(2, WriteRole));
        var heads = t.Heads(1);
        t.Write(0);
        var revocation = t.Say(0, [seen], AccessOp.Revoke(default, t[1], Admin, heads));
        var unseen = t.Say(1, revocation.Time - 1, [seen], t.Grant(3, Admin));
        var hangs = t.Say(3, [unseen], t.Grant(4, WriteRole));

        Assert.Equal((None, Role, Role), (t.Judge(t.Write(2)), t.Judge(t.Write(3)), t.Judge(t.Write(4))));
        Assert.Equal([Revoked, NotAdmin], Reasons(t, unseen, hangs));
        Shuffled(t);
    }

    [Fact]
    public void A_revoked_admin_cuts_nobody_off_by_a_revocation_he_dates_back_past_a_senior()
    {
        var t = new Lists(4);
        var admins = t.Say(0, [], t.Grant(1, Admin), t.Grant(2, Admin));
        t.Say(0, [admins], t.Expel(1));
        t.Say(1, admins.Time + 1, [admins], t.Expel(2));

        Assert.Equal((Expelled, None), (t.Judge(t.Write(1)), t.Judge(t.Write(2))));
        Shuffled(t);
    }

    [Fact]
    public void A_removed_group_ends_for_all_its_members_and_begins_empty_T_ACL_4()
    {
        var t = new Lists(5);
        const string Group = "@g";
        var admin = t.Say(0, [], t.Grant(4, Admin));
        var made = t.Say(0, [admin], AccessOp.Grant(default, Group, WriteRole), AccessOp.Join(Group, t[1]));
        var seen = t.Write(1);
        var dropped = t.Say(0, [made], AccessOp.Drop(Group, t.Heads(1)));
        t.Say(4, [made], AccessOp.Join(Group, t[2]));
        Assert.Equal((None, Role, Role), (t.Judge(seen), t.Judge(t.Write(1)), t.Judge(t.Write(2))));

        var again = t.Say(0, [dropped], AccessOp.Join(Group, t[3]));
        Assert.Equal(Role, t.Judge(t.Write(3)));
        t.Say(0, [again], AccessOp.Grant(default, Group, WriteRole));
        Assert.Equal((Role, Role, None), (t.Judge(t.Write(1)), t.Judge(t.Write(2)), t.Judge(t.Write(3))));
        Shuffled(t);
    }

    [Fact]
    public void A_member_who_leaves_loses_what_he_had_by_the_group_alone_T_ACL_4()
    {
        var t = new Lists(3);
        var made = t.Say(0, [], AccessOp.Grant(default, "@g", WriteRole), AccessOp.Join("@g", t[1]), AccessOp.Join("@g", t[2]), t.Grant(2, WriteRole));
        t.Say(0, [made], AccessOp.Leave("@g", t[1], t.Heads(1)), AccessOp.Leave("@g", t[2], t.Heads(2)));
        Assert.Equal((Role, None), (t.Judge(t.Write(1)), t.Judge(t.Write(2))));
    }

    [Fact]
    public void Who_is_out_is_not_back_by_a_grant_to_everybody_or_to_a_group_but_by_one_to_him_B_REV_1()
    {
        var t = new Lists(2);
        var open = t.Say(0, [], AccessOp.Grant(default, AccessPrincipal.Everybody, WriteRole), AccessOp.Join("@g", t[1]));
        var out_ = t.Say(0, [open], t.Expel(1));
        var wider = t.Say(0, [out_], AccessOp.Grant(default, AccessPrincipal.Everybody, WriteRole), AccessOp.Grant(default, "@g", WriteRole));
        Assert.Equal(Expelled, t.Judge(t.Write(1)));

        t.Say(0, [wider], t.Grant(1, WriteRole));
        Assert.Equal(None, t.Judge(t.Write(1)));
        Shuffled(t);
    }

    [Fact]
    public void A_table_narrows_the_thread_and_a_row_the_table_T_ACL_1()
    {
        var t = new Lists(3);
        var (table, row) = (AccessPath.Collection("n"), AccessPath.Entity("n", [1]));
        var all = t.Say(0, [], AccessOp.Grant(default, AccessPrincipal.Everybody, WriteRole));
        var seen = t.Write(2);
        var own = t.Say(0, [all], AccessOp.Own(table, [.. t.Heads(1), .. t.Heads(2)]), t.Grant(1, WriteRole, table));
        var narrower = t.Say(0, [own], AccessOp.Own(row, [.. t.Heads(1), .. t.Heads(2)]), t.Grant(2, WriteRole, row));
        var (bob, carol) = (t.Write(1), t.Write(2));

        Assert.Equal((None, Role, Role), (t.Judge(bob, path: table), t.Judge(carol, path: table), t.Judge(carol, path: row)));
        Assert.Equal((Role, None, None), (t.Judge(bob, path: row), t.Judge(carol, path: AccessPath.Collection("nn")), t.Judge(seen, path: row)));
        Assert.Equal(None, t.Judge(t.Write(0), path: row));

        // A list that ended and begins again begins empty.
        var shared = t.Say(0, [narrower], AccessOp.Share(table));
        Assert.Equal(None, t.Judge(t.Write(2), path: table));
        t.Say(0, [shared], AccessOp.Own(table, []));
        Assert.Equal(Role, t.Judge(t.Write(1), path: table));
        Shuffled(t);
    }

    [Fact]
    public void A_change_that_follows_what_is_not_here_or_is_not_older_waits()
    {
        var t = new Lists(2);
        var missing = t.Say(0, [], t.Grant(1, ThreadRoles.Read));
        var waits = t.Say(0, [missing], t.Grant(1, WriteRole));
        var notOlder = t.Say(0, missing.Time, [missing], t.Grant(1, WriteRole));
        Assert.Equal([AccessReason.Version], Reasons(t, notOlder));
        t.All.Remove(missing);

        Assert.Equal([AccessReason.Version, AccessReason.Version], Reasons(t, waits, notOlder));
        Assert.Equal(Role, t.Judge(t.Write(1)));
    }

    [Fact]
    public void A_list_that_locks_everybody_out_leaves_the_owner()
    {
        var t = new Lists(3);
        var admin = t.Say(0, [], t.Grant(1, Admin), AccessOp.Grant(default, AccessPrincipal.Everybody, WriteRole));
        t.Say(1, [admin], AccessOp.Revoke(default, AccessPrincipal.Everybody, AccessRoles.All & ~Admin, []), t.Expel(0), t.Expel(1), t.Expel(2), AccessOp.Own(AccessPath.Collection("n"), []));
        Assert.Equal((None, Expelled), (t.Judge(t.Write(0), path: AccessPath.Collection("n")), t.Judge(t.Write(1))));
        Assert.True(t.Rules().IsAdmin(t.Write(0)));
        Shuffled(t);
    }

    [Fact]
    public void A_close_leaves_what_leads_to_its_heads_and_of_two_both_hold_I5()
    {
        var t = new Lists(2);
        var grant = t.Say(0, [], t.Grant(1, WriteRole));
        var (first, second, third) = (t.Write(1), t.Write(1), t.Write(1));
        t.Say(0, [grant], AccessOp.Close([t.Head(1, 2)]));
        Assert.Equal((None, None, Closed), (t.Judge(first), t.Judge(second), t.Judge(third)));

        t.Say(0, [grant], AccessOp.Close([t.Head(1, 1)]));
        Assert.Equal((None, Closed), (t.Judge(first), t.Judge(second)));
        t.Say(0, [.. t.All.Skip(1)], AccessOp.Close([t.Head(1, 3)]));
        Assert.Equal((None, None), (t.Judge(second), t.Judge(third)));
        Shuffled(t);
    }

    [Fact]
    public void A_thread_whose_first_list_is_not_here_allows_nobody_anything()
    {
        var t = new Lists(1);
        t.Say(0, [], t.Grant(0, WriteRole));
        var rules = new AccessRules(null, t.All, t);
        Assert.Equal((NoList, false), (rules.Judge(t.Write(0), default, ThreadRoles.Read), rules.IsAdmin(t.Write(0))));
        Assert.Equal(NoList, rules.Refused.Single().Reason);
    }

    private static List<AccessReason> Reasons(Lists t, params AccessStatement[] of)
    {
        var refused = t.Rules().Refused.ToDictionary(r => r.Statement, r => r.Reason);
        return [.. of.Select(s => refused.GetValueOrDefault(s))];
    }

    /// <summary>What is said comes in any order.</summary>
    private static void Shuffled(Lists t)
    {
        var (random, expected) = (new Random(7), Text(t.Rules()));
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(expected, Text(t.Rules(t.All.OrderBy(_ => random.Next()))));
        }
    }

    private static string Text(AccessRules rules) => string.Join('\n', rules.Current().Select(e => e.ToString())
        .Concat(rules.Members().Select(m => m.ToString()))
        .Concat(rules.Refused.Select(r => r.Statement.Digest + r.Reason).Order(StringComparer.Ordinal)).Concat(rules.Newest));
}
