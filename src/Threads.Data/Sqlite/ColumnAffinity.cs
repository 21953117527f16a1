namespace Threads.Data.Sqlite;

/// <summary>What SQLite makes of a value when a column stores it (SQLite, "Datatypes", 3.1).</summary>
internal enum ColumnAffinity
{
    None,
    Integer,
    Real,
    Numeric,
    Text,
}

internal static class ColumnAffinities
{
    /// <summary>By the declared type, as SQLite reads it.</summary>
    public static ColumnAffinity OfType(string? type) => type switch
    {
        null or "" => ColumnAffinity.None,
        _ when Has(type, "INT") => ColumnAffinity.Integer,
        _ when Has(type, "CHAR") || Has(type, "CLOB") || Has(type, "TEXT") => ColumnAffinity.Text,
        _ when Has(type, "BLOB") => ColumnAffinity.None,
        _ when Has(type, "REAL") || Has(type, "FLOA") || Has(type, "DOUB") => ColumnAffinity.Real,
        _ => ColumnAffinity.Numeric,
    };

    /// <summary>Whether a column of the affinity may hold another value in place of one of this storage class.</summary>
    public static bool MayChange(this ColumnAffinity affinity, int type) => affinity switch
    {
        ColumnAffinity.Integer or ColumnAffinity.Numeric => type is SqliteNative.Float or SqliteNative.Text,
        ColumnAffinity.Real => type is SqliteNative.Integer or SqliteNative.Text,
        ColumnAffinity.Text => type is SqliteNative.Integer or SqliteNative.Float,
        _ => false,
    };

    private static bool Has(string type, string word) => type.Contains(word, StringComparison.OrdinalIgnoreCase);
}
