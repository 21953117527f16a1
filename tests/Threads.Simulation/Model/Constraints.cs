namespace Threads.Simulation.Model;

/// <summary>
/// Decision 7, slowly: four passes over all rows, each of them over and over until nothing changes; after shared/models/constraints.py.
/// </summary>
internal static class Constraints
{
    /// <summary>Which of the candidates are shown, and as what; counts why the others are not.</summary>
    public static List<Row> View(IReadOnlyList<Row> candidates, Coverage coverage)
    {
        var lawful = candidates.Where(PassesAlone).ToList();
        var complete = WithParents(lawful);
        var oldest = complete.Where(row => Claims(row).All(claim => complete.All(rival => rival == row || !Claims(rival).Contains(claim) || row.Rank.CompareTo(rival.Rank) < 0))).ToList();
        var view = WithParents(oldest);
        var shown = view.ConvertAll(row => Shown(row, view));
        Count(coverage, candidates, lawful, complete, oldest, view, shown);
        return shown;
    }

    private static void Count(Coverage coverage, IReadOnlyList<Row> candidates, List<Row> lawful, List<Row> complete, List<Row> oldest, List<Row> view, List<Row> shown)
    {
        foreach (var row in candidates.Except(lawful))
        {
            coverage.Hit(!KeyIsItself(row) ? "held back: a key that is stored as another" : row.Table.Columns.Any(c => c.NotNull && row[c.Name].IsNull) ? "held back: NOT NULL" : "held back: CHECK");
        }

        coverage.Hit("held back: no parent", lawful.Count - complete.Count);
        coverage.Hit("held back: its parent is held back for a rival", oldest.Count - view.Count);
        coverage.Hit("shown with NULL for a missing parent", shown.Except(view).Count());
        foreach (var row in complete.Except(oldest))
        {
            foreach (var claim in Claims(row).Where(c => complete.Exists(rival => rival != row && Claims(rival).Contains(c) && row.Rank.CompareTo(rival.Rank) > 0)))
            {
                var words = claim.Split(' ');
                coverage.Hit("held back: an older row has its " + (words[1] == "key" ? "primary key" : "unique " + row.Table.Uniques[int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture)].Name));
            }
        }
    }

    private static bool PassesAlone(Row row)
        => KeyIsItself(row) && row.Table.Columns.All(c => !(c.NotNull && row[c.Name].IsNull)) && row.Table.Checks.All(check => check(row));

    /// <summary>A row under a key that its columns would store as another one is the other one's; and INTEGER PRIMARY KEY takes integers alone.</summary>
    private static bool KeyIsItself(Row row)
        => string.Join(' ', row.Table.Columns.Take(row.Table.KeyCount).Select(c => row[c.Name].AsKey())) == row.Key && (!row.Table.HasRowid || row[row.Table.Columns[0].Name].Kind == ValueKind.Integer);

    /// <summary>The largest part of the rows in which every reference finds its parent: throw out who lacks one until nobody does.</summary>
    private static List<Row> WithParents(List<Row> rows)
    {
        while (true)
        {
            var keys = rows.SelectMany(r => Keys(r)).ToHashSet(StringComparer.Ordinal);
            var kept = rows.Where(r => r.Table.References.All(reference => reference.ShowsNull || Target(r, reference) is not { } target || keys.Contains(target))).ToList();
            if (kept.Count == rows.Count)
            {
                return kept;
            }

            rows = kept;
        }
    }

    /// <summary>What a row claims for itself alone: the primary key and each unique index that it is in without a NULL.</summary>
    private static HashSet<string> Claims(Row row)
    {
        var claims = new HashSet<string>(StringComparer.Ordinal)
        {
            $"{row.Table.Name} key {string.Join(' ', row.Table.Columns.Take(row.Table.KeyCount).Select(c => row[c.Name].Sameness(c.Collation)))}",
        };
        for (var i = 0; i < row.Table.Uniques.Count; i++)
        {
            var unique = row.Table.Uniques[i];
            var terms = unique.Terms.Select(t => t(row)).ToArray();
            if (unique.Where(row) && terms.All(t => t is not null))
            {
                claims.Add($"{row.Table.Name} {i} {string.Join(' ', terms)}");
            }
        }

        return claims;
    }

    /// <summary>How children may name the row: by any group of columns that some reference uses.</summary>
    private static IEnumerable<string> Keys(Row row)
    {
        foreach (var table in row.Table.ReferencedBy)
        {
            foreach (var reference in table.References.Where(r => r.Parent == row.Table.Name))
            {
                yield return Name(row.Table, reference.ParentColumns, reference.ParentColumns.Select(c => row[c]));
            }
        }
    }

    private static string? Target(Row row, ReferenceModel reference)
    {
        var values = reference.Columns.Select(c => row[c]).ToArray();
        return Array.Exists(values, v => v.IsNull) ? null : Name(row.Table.Parents[reference.Parent], reference.ParentColumns, values);
    }

    /// <summary>As the parent's columns would store and compare the child's values.</summary>
    private static string Name(TableModel parent, string[] columns, IEnumerable<Value> values)
        => $"{parent.Name} {string.Join(' ', columns.Zip(values, (name, value) => (parent.Columns.First(c => c.Name == name), value)).Select(c => c.value.In(c.Item1.Affinity).Sameness(c.Item1.Collation)))}";

    /// <summary>With NULL where ON DELETE SET NULL asks for it.</summary>
    private static Row Shown(Row row, List<Row> view)
    {
        Dictionary<string, Value>? values = null;
        foreach (var reference in row.Table.References.Where(r => r.ShowsNull))
        {
            if (Target(row, reference) is { } target && !view.Exists(p => p.Table.Name == reference.Parent && Keys(p).Contains(target)))
            {
                values ??= new Dictionary<string, Value>(row.Values, StringComparer.Ordinal);
                foreach (var column in reference.Columns)
                {
                    values[column] = Value.Null;
                }
            }
        }

        return values is null ? row : new Row(row.Table, row.Key, values, row.Rank);
    }
}
