using System.Globalization;

namespace Threads.Simulation.Steps;

/// <summary>
/// One step of a run, whole in itself: what it does depends on this and on the state it meets, never on what was drawn for other steps. So steps can be left out of a trace and the rest
/// still means something.
/// </summary>
/// <param name="Number">Its place in the plan.</param>
/// <param name="Kind">What happens.</param>
/// <param name="A">Whom it happens to, modulo the peers there are.</param>
/// <param name="B">The other side, where there is one.</param>
/// <param name="Seed">Of all else.</param>
internal readonly record struct Step(int Number, StepKind Kind, int A, int B, ulong Seed)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number} {Kind} {A} {B} {Seed:x16}");

    /// <exception cref="FormatException">The text is no step.</exception>
    public static Step Parse(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 5 && Enum.TryParse<StepKind>(words[1], out var kind)
            ? new Step(Int(words[0]), kind, Int(words[2]), Int(words[3]), ulong.Parse(words[4], NumberStyles.HexNumber, CultureInfo.InvariantCulture))
            : throw new FormatException($"'{text}' is no step. A step is: number kind a b seed.");
    }

    private static int Int(string word) => int.Parse(word, CultureInfo.InvariantCulture);
}

internal enum StepKind
{
    /// <summary>A transaction of a few SQL statements.</summary>
    Sql,

    /// <summary>A sends B what B seems to lack.</summary>
    Send,

    /// <summary>Some message arrives.</summary>
    Deliver,

    /// <summary>Some message arrives and stays on its way too.</summary>
    Duplicate,

    /// <summary>Some message is lost.</summary>
    Drop,

    /// <summary>Some message arrives with other bytes than it was sent with.</summary>
    Damage,

    /// <summary>Time passes.</summary>
    Tick,

    /// <summary>A's clock is set, rightly or wrongly.</summary>
    SetClock,

    /// <summary>A's power goes at one of the next operations of its disk.</summary>
    Crash,

    /// <summary>One of the next operations of A's disk fails.</summary>
    DiskError,

    /// <summary>A's program ends in good order.</summary>
    Stop,

    /// <summary>A's program is started, after a stop or a crash.</summary>
    Start,

    /// <summary>Another peer joins the thread.</summary>
    Join,

    /// <summary>The network falls apart into two.</summary>
    Partition,

    /// <summary>The network is whole again.</summary>
    Heal,

    /// <summary>A rebuilds its tables.</summary>
    Rebuild,

    /// <summary>A's files are copied aside.</summary>
    Backup,

    /// <summary>A's files are put back from a copy.</summary>
    Restore,

    /// <summary>A's files are copied to a new machine, which goes on with them.</summary>
    Clone,

    /// <summary>A runs the next migration of the schema.</summary>
    Migrate,

    /// <summary>A member that does not keep the rules sends something to A.</summary>
    Lie,

    /// <summary>A's tables are compared with the model's.</summary>
    Compare,

    /// <summary>Everybody gets everything, and all must be equal.</summary>
    Quiet,

    /// <summary>A member that keeps the form of the rules alone sends something to A, with B's keys if he likes.</summary>
    Forge,

    /// <summary>A reads a view that a reducer makes.</summary>
    View,

    /// <summary>A changes who may do what, about B; where there are lists.</summary>
    Access,

    /// <summary>A member sends something to A by which he gains rights that nobody gave him, with B's keys if he likes; where there are lists.</summary>
    Cheat,

    /// <summary>A sends B what MVDS has to say.</summary>
    Mvds,

    /// <summary>A and B hold a conversation of Threads.Net, to its end or until their connection breaks.</summary>
    Converse,

    /// <summary>A gives a replicator what it lacks, or takes from it; or the replicator starts anew.</summary>
    Replicate,

    /// <summary>Harm done behind the product's back, which a check must see: for the simulator's own tests, in no plan.</summary>
    Sabotage,
}
