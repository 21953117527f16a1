namespace Threads.Simulation.Model;

/// <summary>A table as the model knows it, written by hand beside its CREATE TABLE.</summary>
internal sealed record TableModel(string Name, params ColumnModel[] Columns)
{
    /// <summary>Its first name, which events carry for ever.</summary>
    public string Canonical { get; init; } = Name;

    public int KeyCount { get; init; } = 1;

    /// <summary>INTEGER PRIMARY KEY takes integers alone.</summary>
    public bool HasRowid => KeyCount == 1 && Columns[0].Affinity == Affinity.Integer;

    /// <summary>The primary key is left out: it is always one.</summary>
    public IReadOnlyList<UniqueModel> Uniques { get; init; } = [];

    public IReadOnlyList<ReferenceModel> References { get; init; } = [];

    /// <summary>What each row must satisfy by itself, NOT NULL apart.</summary>
    public IReadOnlyList<Func<Row, bool>> Checks { get; init; } = [];

    /// <summary>The tables with a reference to this one; filled by <see cref="Link"/>.</summary>
    public List<TableModel> ReferencedBy { get; } = [];

    /// <summary>The tables this one refers to, by name; filled by <see cref="Link"/>.</summary>
    public Dictionary<string, TableModel> Parents { get; } = new(StringComparer.Ordinal);

    /// <summary>Lets tables know each other.</summary>
    public static IReadOnlyList<TableModel> Link(params TableModel[] tables)
    {
        foreach (var table in tables)
        {
            foreach (var parent in table.References.Select(r => tables.First(t => t.Name == r.Parent)).Distinct())
            {
                parent.ReferencedBy.Add(table);
                table.Parents.Add(parent.Name, parent);
            }
        }

        return tables;
    }

    public ColumnModel? FindCanonical(string name) => Columns.FirstOrDefault(c => c.Canonical == name);
}

internal sealed record ColumnModel(string Name, Affinity Affinity = Affinity.Blob)
{
    public string Canonical { get; init; } = Name;

    public Collation Collation { get; init; }

    public bool NotNull { get; init; }

    /// <summary>Its way to merge may leave another value than the statement: a largest value that was lowered.</summary>
    public bool IsCorrected { get; init; }

    /// <summary>What rows hold that were written before there was such a column.</summary>
    public Value Default { get; init; } = Value.Null;
}

/// <summary>A unique index: its terms, and which rows are in it.</summary>
internal sealed record UniqueModel(params Func<Row, string?>[] Terms)
{
    public Func<Row, bool> Where { get; init; } = _ => true;

    /// <summary>What sort of index, for the counters.</summary>
    public string Name { get; init; } = "";

    /// <summary>A column as SQLite compares it; null where it is NULL, which is like nothing.</summary>
    public static Func<Row, string?> Column(string name, Collation collation = Collation.Binary) => row => row[name].IsNull ? null : row[name].Sameness(collation);
}

/// <summary>A foreign key.</summary>
internal sealed record ReferenceModel(string[] Columns, string Parent, string[] ParentColumns)
{
    /// <summary>ON DELETE SET NULL on a column that allows it: a missing parent shows NULL instead of holding the row back.</summary>
    public bool ShowsNull { get; init; }
}

/// <summary>A merged row: what the model would show if there were no constraints.</summary>
internal sealed class Row(TableModel table, string key, Dictionary<string, Value> values, EventClock rank)
{
    public TableModel Table { get; } = table;

    /// <summary>The entity's key, value by value.</summary>
    public string Key { get; } = key;

    public EventClock Rank { get; } = rank;

    public Dictionary<string, Value> Values { get; } = values;

    /// <summary>By the column's name here.</summary>
    public Value this[string column] => Values[column];

    public override string ToString() => $"{Table.Name}({string.Join(", ", Table.Columns.Select(c => Values[c.Name]))})";
}
