using Threads.Data;

namespace Microsoft.EntityFrameworkCore.Infrastructure;

/// <summary>An entry of an access list as it stands (docs/access.md).</summary>
public sealed class ThreadAccessRow
{
    /// <summary>thread, collection or entity.</summary>
    public string Level { get; set; } = "";

    /// <summary>The table's name in events; null: the whole thread.</summary>
    public string? Collection { get; set; }

    /// <summary>The table here; null: the whole thread, or this peer has none for it.</summary>
    public string? TableName { get; set; }

    /// <summary>The row's key as text; null: the whole table.</summary>
    public string? RowKey { get; set; }

    /// <summary>A peer's id, a group's name, or * for everybody.</summary>
    public string Principal { get; set; } = "";

    /// <summary>The roles by name, with blanks between them; no-access for none.</summary>
    public string Roles { get; set; } = "";
}

/// <summary>Who is in a group.</summary>
public sealed class ThreadGroupRow
{
    /// <summary>The group.</summary>
    public string Name { get; set; } = "";

    /// <summary>The peer's id.</summary>
    public string Member { get; set; } = "";
}

/// <summary>A capability that was shown in a record.</summary>
public sealed class ThreadCapabilityRow
{
    /// <summary>Who may use it; null: its bytes are none.</summary>
    public string? Holder { get; set; }

    /// <summary>thread, collection or entity.</summary>
    public string Level { get; set; } = "";

    /// <summary>The table's name in events; null: the whole thread.</summary>
    public string? Collection { get; set; }

    /// <summary>The table here.</summary>
    public string? TableName { get; set; }

    /// <summary>The row's key as text.</summary>
    public string? RowKey { get; set; }

    /// <summary>What its whole chain gives, by name.</summary>
    public string? Roles { get; set; }

    /// <summary>From which hybrid time on it is good for nothing, in nanoseconds since 1970.</summary>
    public long? Expires { get; set; }

    /// <summary>How many signatures it takes.</summary>
    public long? Links { get; set; }

    /// <summary>Who issued it to its holder.</summary>
    public string? Issuer { get; set; }

    /// <summary>The rule it breaks, or malformed; null: it holds.</summary>
    public string? Reason { get; set; }
}

/// <summary>An event that has no effect, since its author was not allowed.</summary>
public sealed class ThreadRefusalRow
{
    /// <summary>The table's name in events; null: a change of the lists.</summary>
    public string? Collection { get; set; }

    /// <summary>The table here; null: this peer has none for it, or it is a change of the lists.</summary>
    public string? TableName { get; set; }

    /// <summary>The row's key as text.</summary>
    public string? RowKey { get; set; }

    /// <summary>The role it needed.</summary>
    public string Role { get; set; } = "";

    /// <summary>Why not: role, expelled, closed, and the other reasons of docs/access.md.</summary>
    public string Reason { get; set; } = "";

    /// <summary>The author's identity key, in lower-case hexadecimal digits.</summary>
    public string Identity { get; set; } = "";

    /// <summary>The log it stands in (<see cref="ThreadLogRow.Id"/>).</summary>
    public long Log { get; set; }

    /// <summary>The record's place in it.</summary>
    public long Position { get; set; }

    /// <summary>The event's hybrid time, in nanoseconds since 1970.</summary>
    public long Time { get; set; }
}

/// <summary>A row of <see cref="ThreadFacade.Invitations"/>.</summary>
public sealed class ThreadInvitationRow
{
    /// <summary>Its id, <see cref="ThreadInvitation.Id"/> as text.</summary>
    public string Invitation { get; set; } = "";

    /// <summary>What it gives, in words.</summary>
    public string Roles { get; set; } = "";

    /// <summary>Whom it is to; null: anybody.</summary>
    public string? Invited { get; set; }

    /// <summary>When it was made, in hybrid time.</summary>
    public long Since { get; set; }

    /// <summary>When it ends, in hybrid time; null: never.</summary>
    public long? Expires { get; set; }

    /// <summary>For how many peers it is.</summary>
    public long Uses { get; set; }

    /// <summary>How many have joined by it.</summary>
    public long Used { get; set; }

    /// <summary>Whether it was withdrawn.</summary>
    public bool Withdrawn { get; set; }

    /// <summary>The identity of who invited.</summary>
    public string Inviter { get; set; } = "";
}
