using Threads.Data;

namespace Microsoft.EntityFrameworkCore;

/// <summary>The list a table begins with (docs/access.md). Each call adds to it; whoever isn't named, and is no admin, has no access.</summary>
public sealed class AccessListBuilder
{
    private readonly Dictionary<ThreadPrincipal, ThreadRoles> grants = [];

    internal IReadOnlyDictionary<ThreadPrincipal, ThreadRoles> Grants => grants;

    /// <summary>Groups that read; none: everybody.</summary>
    public AccessListBuilder Read(params string[] groups) => Grant(ThreadRoles.Read, groups);

    /// <summary>Groups that create and change rows, and read; none: everybody.</summary>
    public AccessListBuilder Write(params string[] groups) => Grant(ThreadRoles.Write, groups);

    /// <summary>Groups that delete rows; none: everybody.</summary>
    public AccessListBuilder Delete(params string[] groups) => Grant(ThreadRoles.Delete, groups);

    /// <summary>Groups with these roles; none: everybody. Not admin: that is of the whole thread.</summary>
    public AccessListBuilder Grant(ThreadRoles roles, params string[] groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        foreach (var principal in groups.Length == 0 ? [ThreadPrincipal.Everybody] : groups.Select(ThreadPrincipal.Group))
        {
            grants[principal] = grants.GetValueOrDefault(principal) | roles;
        }

        return this;
    }
}
