namespace Threads.Data.Access;

/// <summary>What roles mean for each other (T-ACL-2), and their names in the first list.</summary>
internal static class AccessRoles
{
    public const ThreadRoles All = ThreadRoles.Replicate | ThreadRoles.Read | ThreadRoles.Write | ThreadRoles.Delete | ThreadRoles.Erase | ThreadRoles.Admin;

    private static readonly (string Name, ThreadRoles Role)[] Names =
    [
        ("replicate", ThreadRoles.Replicate), ("read", ThreadRoles.Read), ("write", ThreadRoles.Write),
        ("delete", ThreadRoles.Delete), ("erase", ThreadRoles.Erase), ("admin", ThreadRoles.Admin),
    ];

    /// <summary>The roles and all they imply.</summary>
    public static ThreadRoles Implied(ThreadRoles roles)
    {
        roles |= (roles & ThreadRoles.Admin) != 0 ? All : 0;
        roles |= (roles & ThreadRoles.Erase) != 0 ? ThreadRoles.Delete : 0;
        roles |= (roles & ThreadRoles.Write) != 0 ? ThreadRoles.Read : 0;
        return roles == 0 ? 0 : roles | ThreadRoles.Replicate;
    }

    /// <summary>What nobody keeps who loses these: they, and those that would imply them.</summary>
    public static ThreadRoles Lost(ThreadRoles revoked)
    {
        var lost = revoked;
        foreach (var (_, role) in Names)
        {
            lost |= (Implied(role) & revoked) != 0 ? role : 0;
        }

        return lost;
    }

    public static IEnumerable<string> NamesOf(ThreadRoles roles) => Names.Where(n => (roles & n.Role) != 0).Select(n => n.Name);

    public static string Text(ThreadRoles roles) => roles == 0 ? "no-access" : string.Join(' ', NamesOf(roles));

    public static ThreadRoles? Parse(string name)
    {
        foreach (var (text, role) in Names)
        {
            if (text == name)
            {
                return role;
            }
        }

        return null;
    }
}
