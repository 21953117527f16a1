using Threads.Simulation.Steps;

namespace Threads.Simulation;

/// <summary>What continuous integration runs, and what these seeds together must have met: a simulator that never crashes anybody proves nothing.</summary>
internal static class FixedSeeds
{
    private const int First = 1;
    private const int Last = 7;
    private const long StepsPerSeed = 4_000;

    /// <summary>Every kind of step, and these; a counter that begins with one of them is enough.</summary>
    private static readonly string[] MustHappen =
    [
        "crash: Write Wal", "crash: Sync Wal", "crash: Write Database", "disk error: Write", "disk error: Sync",
        "restored: a snapshot of the disk", "restored: its own copy", "restored: somebody else's copy",
        "held back: CHECK", "held back: no parent", "held back: its parent is held back for a rival", "shown with NULL for a missing parent",
        "held back: an older row has its unique column", "held back: an older row has its unique two columns", "held back: an older row has its unique filtered",
        "held back: an older row has its unique expression", "held back: an older row has its unique index of a migration",
        "a held-back row gave way", "statement refused: 19", "commit refused: a deferred foreign key",
        "lie: a bad signature", "lie: a fork", "lie: garbage", "lie: garbage in blocks", "lie: somebody else's event in his log", "lie: a time before the last one", "lie: a time to come",
        "lie: another position than it has", "lie: an opening of another thread", "lie: an opening that he did not sign", "lie: a log without an opening", "lie: a record sealed anew",
        "lie: a payload that is none", "lie: an event of a kind nobody knows", "lie: a row without a key", "lie: his whole log", "lie: rows of his own",
        "lie: keys of other types", "lie: an operation of his own", "lie: a log of long ago", "lie: a time at the end of time", "lie: a record with a stolen key", "lie: a second opening with a stolen key", "held back: a key that is stored as another",
        "operation: +", "operation: max", "operation: min", "operation: set", "operation: json", "operation: text", "operation: list", "operation: call", "increments all there",
        "a conversation came to rest", "a conversation was torn", "mvds: taken", "mvds: Repeated", "mvds: AckOfNothing", "mvds: brought all", "replicator: pulled from", "replicator: pushed to", "replicator: started anew", "replicator: compared",
        "denied here: a commit", "lists: refused here: AccessDenied", "lists: refused here: AccessChange", "lists compared",
        "lists: appoints", "lists: closes a log", "lists: grants", "lists: revokes", "lists: puts", "lists: restricts", "lists: lets go", "lists: issues", "lists: shows a capability",
        "lists: takes", "lists: ends the group", "lists: grants the group",
        "lie: a grant by nobody", "lie: a change that somebody made, again", "lie: a change that is none", "lie: another first list", "lie: a capability that he gave himself", "lie: a capability with another signature",
        "lie: a capability that was given to another", "lie: a log of somebody's dated back", "lie: a change with a stolen key", "lie: a change that follows what nobody knows",
        "no effect: role", "no effect: expelled", "no effect: closed",
        "no effect of a change: not admin", "no effect of a change: revoked", "no effect of a change: version", "no effect of a change: malformed",
        "a capability: holds", "a capability: rule 1", "a capability: rule 5",
        "a view read", "a kept view read", "forks compared",
        "refused: ImportDamaged", "refused: ImportForeign", "refused: ImportTruncated",
        "refused: RecordRefused: Record … was refused: a log must begin with its opening alone",
        "refused: RecordRefused: Record … was refused: it opens a log of another thread",
        "refused: RecordRefused: Record … was refused: its opening is not signed",
        "refused: RecordRefused: Record … was refused: it says it is at position",
        "refused: RecordRefused: Record … was refused: its payload is none of ours",
        "refused: RecordRefused: Record … was refused: its time … is not after",
        "refused: RecordRefused: Record … was refused: no valid signature",
    ];

    public static Arguments Ask(Arguments arguments)
        => arguments with { Seeds = [.. Enumerable.Range(First, Last - First + 1).Select(s => (ulong)s)], Steps = StepsPerSeed };

    public static List<string> Missed(Coverage coverage)
        => [.. Enum.GetNames<StepKind>().Where(k => k != nameof(StepKind.Sabotage)).Select(k => "step: " + k).Concat(MustHappen)
            .Where(what => !coverage.Hits.Keys.Any(hit => hit.StartsWith(what, StringComparison.Ordinal)))];
}
