using System.Security.Cryptography;
using Threads.Data.Ipld;

namespace Threads.Data.Access;

/// <summary>Tells what leads to what in the logs.</summary>
internal interface ILogAncestry
{
    /// <summary>The log's Ed25519 key, in hex.</summary>
    string LogOf(long record);

    /// <summary>Whether the record is the head or one of those before it on its chain.</summary>
    bool Covers(AccessHead head, long record);
}

/// <summary>A change where it stands in the records.</summary>
/// <param name="Digest">Its version's name: <see cref="DigestOf"/>.</param>
/// <param name="Author">The peer whose log it stands in.</param>
/// <param name="Record">The record, by its number in this file.</param>
/// <param name="Time">The record's time.</param>
/// <param name="Change">What it does.</param>
internal sealed record AccessStatement(string Digest, string Author, long Record, long Time, AccessChange Change)
{
    /// <summary>SHA-256 of the DAG-CBOR of [log id, position, index, change]: two changes with the same words are two versions.</summary>
    public static string DigestOf(ReadOnlySpan<byte> logId, long position, int index, ReadOnlySpan<byte> change)
    {
        using var writer = new CborWriter();
        writer.StartArray(4);
        writer.WriteBytes(logId);
        writer.WriteInt64(position);
        writer.WriteInt64(index);
        writer.WriteBytes(change);
        return Convert.ToHexStringLower(SHA256.HashData(writer.WrittenSpan));
    }
}

/// <summary>Why something has no effect; the names are what <c>threads_refused</c> shows.</summary>
internal enum AccessReason
{
    /// <summary>It has effect.</summary>
    None,

    /// <summary>Nobody granted the role at the target.</summary>
    Role,

    /// <summary>The author is out.</summary>
    Expelled,

    /// <summary>Its log was closed, and it does not lead to the heads that count.</summary>
    Closed,

    /// <summary>The thread's first list is not here.</summary>
    NoList,

    /// <summary>A change whose bytes are none.</summary>
    Malformed,

    /// <summary>A change that follows a version which is not here, or not older.</summary>
    Version,

    /// <summary>A change by somebody who was no admin by what it had seen.</summary>
    NotAdmin,

    /// <summary>A change of an admin who was revoked and whose revoker had not seen it.</summary>
    Revoked,

    /// <summary>It would take the rights of an owner.</summary>
    Owner,

    /// <summary>It would take the rights of an admin of a higher rank than its author's.</summary>
    Senior,

    /// <summary>A join by an invitation that is not here, or does not count.</summary>
    NoInvitation,

    /// <summary>A join that does not show the token: altered, or copied from another's log.</summary>
    Token,

    /// <summary>A join by an invitation to somebody else.</summary>
    Addressed,

    /// <summary>A join that whoever withdrew the invitation had not seen.</summary>
    Withdrawn,

    /// <summary>A join at or after the invitation's end, or before it was made.</summary>
    Expired,

    /// <summary>A join after as many others as the invitation is for.</summary>
    UsedUp,
}
