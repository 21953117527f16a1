using System.Runtime.InteropServices;
using Threads.Data.Events;
using Threads.Data.Merging;
using Threads.Data.Sqlite;

namespace Threads.Data.Capture;

/// <summary>A stored column of a shared table. <see cref="Canonical"/> is its name in events, for ever; <see cref="Id"/> its number within the collection here.</summary>
internal sealed record ColumnSchema(string Name, string Canonical, int Id, int KeyOrdinal, string? KeyCollation)
{
    public string Quoted { get; } = SqliteDatabase.Quote(Name);

    public bool IsKey => KeyOrdinal > 0;

    /// <summary>What SQLite makes of a value that is stored here.</summary>
    public ColumnAffinity Affinity { get; init; } = ColumnAffinity.None;

    /// <summary>The expression behind DEFAULT; null: none.</summary>
    public string? Default { get; init; }

    public ColumnMerge Merge { get; init; } = new();
}

/// <summary>A shared table as capture and fold need it; valid while the file's schema version stands. Generated columns are not in it: they are recomputed.</summary>
internal sealed class TableSchema
{
    private readonly Dictionary<byte[], EventShape> _saveShapes = new(ByteComparer.Instance);
    private readonly Dictionary<byte[], EventShape> _createShapes = new(ByteComparer.Instance);
    private bool? _hasMerges;
    private bool? _keepsStates;

    public required string Name { get; init; }

    /// <summary>The collection's name in events.</summary>
    public required string Canonical { get; init; }

    /// <summary>The collection's number in this file.</summary>
    public required long Collection { get; init; }

    /// <summary>Key columns in the key's order, then the others.</summary>
    public required ColumnSchema[] Columns { get; init; }

    /// <summary>Columns by other names they have in events of peers that met them under those.</summary>
    public required IReadOnlyDictionary<string, ColumnSchema> Aliases { get; init; }

    public required int KeyCount { get; init; }

    /// <summary>The key is SQLite's rowid by another name: a row that comes without one gets one.</summary>
    public required bool HasRowIdKey { get; init; }

    public required bool IsAutoincrement { get; init; }

    /// <summary>A trigger of the user's stands on it.</summary>
    public required bool HasTriggers { get; init; }

    /// <summary>All unique keys, the primary one and the rowid included, by their columns with the collation each is compared by; null: an expression index, whose
    /// victims can't be named by column.</summary>
    public required IReadOnlyList<(string Column, string Collation)[]?> UniqueKeys { get; init; }

    /// <summary>ON CONFLICT REPLACE stands in the table's own text.</summary>
    public required bool ReplacesByDefault { get; init; }

    /// <summary>ON CONFLICT stands in it, whatever follows.</summary>
    public required bool HasConflictClause { get; init; }

    /// <summary>What a fold writes says so only where the table's own text says otherwise: it would override the conflict clauses of triggers that fire with it.</summary>
    public string OrAbort => HasConflictClause ? "OR ABORT " : "";

    /// <summary>Events before this time are not this table's: an earlier one of the name was dropped.</summary>
    public required long Since { get; init; }

    public string Quoted => SqliteDatabase.Quote(Name);

    /// <summary>Old and new row fit one function call, so that <see cref="UpdateNotes"/> can be made.</summary>
    public bool ShowsUpdates => 1 + KeyCount + (2 * (Columns.Length - KeyCount)) <= SessionFunctions.MostArguments;

    /// <summary>What names of the capture's TEMP objects begin with; then a letter, the collection, and the shape.</summary>
    public const string CapturePrefix = "_threads_";
    public const char NotesLetter = 'c';

    /// <summary>Tells tables apart for which capture must be made differently.</summary>
    public string Shape => field ??= HashOf(string.Join('\n', Columns.Select(c => c.Quoted).Prepend(Quoted)
        .Append(FormattableString.Invariant($"{KeyCount} {ReplacesByDefault}"))
        .Concat(UniqueKeys.Select(u => u is null ? "expression" : string.Join(' ', u.Select(c => $"{SqliteDatabase.Quote(c.Column)} {c.Collation}"))))));

    public string CaptureTable => field ??= CaptureName(NotesLetter);

    public string CaptureName(char letter) => FormattableString.Invariant($"{CapturePrefix}{letter}{Collection}_{Shape}");

    private static string HashOf(string text)
        => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));

    /// <summary>
    /// What a transaction did to the table, in the order of first touch: whether the row was there before, its key, its image before, whether it is there now, its
    /// image now.
    /// </summary>
    public string ChangesSql => field ??= string.Concat(
        "SELECT c.o, ",
        string.Concat(Enumerable.Range(0, KeyCount).Select(i => FormattableString.Invariant($"c.k{i}, "))),
        string.Concat(Enumerable.Range(0, Columns.Length - KeyCount).Select(i => FormattableString.Invariant($"c.v{i}, "))),
        $"t.{Columns[0].Quoted} IS NOT NULL",
        string.Concat(Columns.Skip(KeyCount).Select(c => ", t." + c.Quoted)),
        $" FROM temp.{CaptureTable} c LEFT JOIN main.{Quoted} t ON {KeyEquals("t.", i => FormattableString.Invariant($"c.k{i}"))} ORDER BY c.s");

    /// <summary>How many notes there are, and whether one is of a row that was there before.</summary>
    public string NotesSql => field ??= $"SELECT count(*), coalesce(max(o), 0) FROM temp.{CaptureTable}";

    public string ClearNotesSql => field ??= $"DELETE FROM temp.{CaptureTable}";

    public EventShape CreateShape => field ??= new(EventKind.Create, Canonical, KeyCount, Array.ConvertAll(Columns, c => c.Canonical));

    public EventShape DeleteShape => field ??= new(EventKind.Delete, Canonical, KeyCount, [.. Columns.Take(KeyCount).Select(c => c.Canonical)]);

    public EventShape ReleaseShape => field ??= new(EventKind.Release, Canonical, KeyCount, DeleteShape.Columns);

    /// <summary>The shape of a create in which these columns, all of <see cref="Others"/>, hold operations where they say so; one object for the same ones.</summary>
    public EventShape MergedCreateShape(ReadOnlySpan<int> merged)
    {
        if (OperationsOf(merged) is not { } operations)
        {
            return CreateShape;
        }

        var lookup = _createShapes.GetAlternateLookup<ReadOnlySpan<byte>>();
        var bytes = MemoryMarshal.AsBytes(merged);
        if (!lookup.TryGetValue(bytes, out var shape))
        {
            lookup.TryAdd(bytes, shape = CreateShape with { Operations = operations });
        }

        return shape;
    }

    /// <summary>The shape of a save of these columns, by their order among <see cref="Others"/> (<see cref="MergedColumn"/>); one object for the same columns.</summary>
    public EventShape SaveShape(ReadOnlySpan<int> changed)
    {
        var lookup = _saveShapes.GetAlternateLookup<ReadOnlySpan<byte>>();
        var bytes = MemoryMarshal.AsBytes(changed);
        if (!lookup.TryGetValue(bytes, out var shape))
        {
            var columns = Columns.Take(KeyCount).Select(c => c.Canonical).ToList();
            foreach (var merged in changed)
            {
                columns.Add(Columns[KeyCount + MergedColumn.Column(merged)].Canonical);
            }

            shape = new EventShape(EventKind.Save, Canonical, KeyCount, [.. columns], OperationsOf(changed));
            lookup.TryAdd(bytes, shape);
        }

        return shape;
    }

    /// <summary>Some column declares a merge kind.</summary>
    public bool HasMerges => _hasMerges ??= Array.Exists(Columns, c => c.Merge.Kind is not null);

    /// <summary>Some column's kind keeps more with a cell than its value.</summary>
    public bool KeepsStates => _keepsStates ??= Array.Exists(Columns, c => c.Merge.Kind is { KeepsState: true });

    public ReadOnlySpan<ColumnSchema> Keys => Columns.AsSpan(0, KeyCount);

    public ReadOnlySpan<ColumnSchema> Others => Columns.AsSpan(KeyCount);

    private string?[]? OperationsOf(ReadOnlySpan<int> merged)
    {
        string?[]? operations = null;
        for (var i = 0; i < merged.Length; i++)
        {
            if (MergedColumn.Operation(merged[i]) is { } operation)
            {
                (operations ??= new string?[KeyCount + merged.Length])[KeyCount + i] = operation.Name;
            }
        }

        return operations;
    }

    public ColumnSchema? FindCanonical(string name) => Array.Find(Columns, c => c.Canonical == name) ?? Aliases.GetValueOrDefault(name);

    /// <summary>"alias.key = ?1 AND …" in which <paramref name="other"/> gives the other side by ordinal; exact where the key's collation is not BINARY.</summary>
    public string KeyEquals(string alias, Func<int, string> other)
        => string.Join(" AND ", Enumerable.Range(0, KeyCount).Select(i =>
        {
            var column = Columns[i];
            var equal = $"{alias}{column.Quoted} = {other(i)}";
            return column.KeyCollation is null ? equal : $"{equal} AND {alias}{column.Quoted} = {other(i)} COLLATE BINARY";
        }));
}
