namespace Threads.Data.Merging;

/// <summary>How a column merges: what is declared for it here, and which operations its events have held so far.</summary>
internal sealed class ColumnMerge
{
    /// <summary>Operations of more than one kind: they don't commute with each other.</summary>
    public const string Mixed = "*";

    /// <summary>Turns local changes into operations; null: they are assignments.</summary>
    public IMergeKind? Kind { get; init; }

    /// <summary>The one operation that events of the column held, or <see cref="Mixed"/>; null: none yet.</summary>
    public string? Operations { get; set; }

    /// <summary>Whether a late operation may be applied to the cell as it is.</summary>
    public bool MayComeLate(ICellOperation operation) => operation.Commutes && Operations == operation.Name;

    /// <summary>What <see cref="Operations"/> is once events held this one too.</summary>
    public string With(string operation) => Operations is null || Operations == operation ? operation : Mixed;
}
