using Threads.Data.Capture;

namespace Threads.Data.Views;

/// <summary>How far a row comes through the four passes of decision 7; the numbers are stored.</summary>
internal enum Standing
{
    /// <summary>No such row: never created, or deleted.</summary>
    Absent = 0,

    /// <summary>It fails by itself: NOT NULL, CHECK, a type.</summary>
    Invalid = 1,

    /// <summary>Its parent is missing, or that parent's parent.</summary>
    Orphan = 2,

    /// <summary>An older row claims one of its unique keys.</summary>
    Younger = 3,

    /// <summary>Its parent is held back.</summary>
    Stranded = 4,

    /// <summary>In its table.</summary>
    Shown = 5,
}

/// <summary>A row as the constraint passes see it: what it claims and refers to, its age, and in which of the sets it is just now.</summary>
internal sealed class FoldNode(TableConstraints table, byte[] key)
{
    public TableConstraints Table { get; } = table;

    /// <summary>The entity's key, as CBOR.</summary>
    public byte[] Key { get; } = key;

    public KeyId Id { get; } = new(table.Table.Collection, key);

    /// <summary>The row's age: its first create since its newest delete, or a later release.</summary>
    public Clock Rank { get; set; }

    public bool IsLive { get; set; }

    /// <summary>What speaks against the row by itself; null: nothing.</summary>
    public string? Refusal { get; set; }

    public RowClaims Claims { get; set; } = RowClaims.None;

    /// <summary>What it claimed before this settlement, if anything changed.</summary>
    public RowClaims Before { get; set; } = RowClaims.None;

    /// <summary>Its values or its age changed; otherwise it was only looked at.</summary>
    public bool IsChanged { get; set; }

    /// <summary>F₀: every reference finds a parent.</summary>
    public bool IsReferenced { get; set; }

    /// <summary>U: the oldest claimant of each of its keys.</summary>
    public bool IsOldest { get; set; }

    /// <summary>F₁: every reference finds a parent that is shown.</summary>
    public bool IsShown { get; set; }

    /// <summary>Where the file has it.</summary>
    public Standing Stored { get; set; }

    /// <summary>The row stands in its table, with the values of <see cref="Claims"/>.</summary>
    public bool IsPresent { get; set; }

    /// <summary>Its winning values, by column, as CBOR; null where they have not been read from the log.</summary>
    public Dictionary<ColumnSchema, byte[]>? Image { get; set; }

    public bool PassesAlone => IsLive && Refusal is null;

    public Standing Standing => !IsLive ? Standing.Absent
        : Refusal is not null ? Standing.Invalid
        : !IsReferenced ? Standing.Orphan
        : !IsOldest ? Standing.Younger
        : !IsShown ? Standing.Stranded : Standing.Shown;

    public void Stand(Standing standing)
    {
        IsReferenced = standing >= Standing.Younger;
        IsOldest = standing >= Standing.Stranded;
        IsShown = standing == Standing.Shown;
    }
}
