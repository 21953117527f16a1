namespace TwoLaptops.Import;

/// <summary>A table's name, columns in order, and primary key (empty when it has none).</summary>
internal sealed record OriginalTable(string Name, IReadOnlyList<string> Columns, IReadOnlyList<string> Key)
{
    public static string Quote(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    public static string List(IEnumerable<string> names) => string.Join(", ", names.Select(Quote));

    /// <summary>UPDATE of one column of one row: $value, then $k0, $k1 … for the key.</summary>
    public string Update(string column)
        => $"UPDATE {Quote(Name)} SET {Quote(column)} = $value WHERE {string.Join(" AND ", Key.Select((k, i) => $"{Quote(k)} = $k{i}"))}";
}
