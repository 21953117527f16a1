using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore.Scaffolding.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Threads.Storage;

namespace Microsoft.EntityFrameworkCore.Threads.Scaffolding;

/// <summary>
/// The CLR type of a scaffolded column. SQLite keeps any value in any column, so the declared name is a wish: what the values are decides, the name
/// chooses among the types that hold them, and in an empty column decides alone.
/// </summary>
internal static partial class ColumnTypes
{
    private static readonly FrozenDictionary<string, Type> ByName = new (Type Type, string Names)[]
    {
        (typeof(bool), "BIT BOOL BOOLEAN LOGICAL YESNO"),
        (typeof(byte), "BYTE TINYINT UINT8 UNSIGNEDINTEGER8"),
        (typeof(sbyte), "INT8 INTEGER8 SBYTE TINYSINT"),
        (typeof(short), "INT16 INTEGER16 SHORT SMALLINT"),
        (typeof(ushort), "SMALLUINT UINT16 UNSIGNEDINTEGER16 USHORT"),
        (typeof(uint), "MEDIUMUINT UINT UINT32 UNSIGNEDINTEGER32"),
        (typeof(long), "BIGINT INT64 INTEGER64 LONG"),
        (typeof(ulong), "BIGUINT UINT64 ULONG UNSIGNEDINTEGER UNSIGNEDINTEGER64"),
        (typeof(float), "SINGLE"),
        (typeof(decimal), "CURRENCY DECIMAL MONEY NUMBER NUMERIC SMALLMONEY"),
        (typeof(DateTime), "DATE DATETIME DATETIME2 SMALLDATE TIMESTAMP"),
        (typeof(DateTimeOffset), "DATETIMEOFFSET"),
        (typeof(DateOnly), "DATEONLY"),
        (typeof(TimeOnly), "TIMEONLY"),
        (typeof(TimeSpan), "TIME TIMESPAN"),
        (typeof(Guid), "GUID UNIQUEIDENTIFIER UUID"),
        (typeof(string), "JSON STRING XML"),
    }.SelectMany(t => t.Names.Split(' ').Select(n => KeyValuePair.Create(n, t.Type))).ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<Type, (long Least, long Greatest)> Ranges = new Dictionary<Type, (long, long)>
    {
        [typeof(bool)] = (0, 1),
        [typeof(byte)] = (byte.MinValue, byte.MaxValue),
        [typeof(sbyte)] = (sbyte.MinValue, sbyte.MaxValue),
        [typeof(short)] = (short.MinValue, short.MaxValue),
        [typeof(ushort)] = (ushort.MinValue, ushort.MaxValue),
        [typeof(uint)] = (uint.MinValue, uint.MaxValue),
        [typeof(int)] = (int.MinValue, int.MaxValue),
        [typeof(ulong)] = (long.MinValue, long.MaxValue),
    }.ToFrozenDictionary();

    /// <summary>Notes the type on each column whose store type alone would not lead to it.</summary>
    public static void Infer(SchemaReader schema, DatabaseTable table, IRelationalTypeMappingSource types)
    {
        foreach (var column in table.Columns)
        {
            var declared = column.StoreType ?? "";
            if (declared.Equals("BLOB", StringComparison.OrdinalIgnoreCase) || declared.Equals("REAL", StringComparison.OrdinalIgnoreCase) || ThreadsTypeMappingSource.IsSpatial(declared))
            {
                continue;
            }

            var byDefault = types.FindMapping(declared)?.ClrType;
            var name = declared.Split('(')[0].Trim();
            if (Of(schema, table.Name, column.Name, name) is { } type && type != byDefault)
            {
                column["ClrType"] = type;
            }
        }
    }

    /// <summary>Gives defaults written as literals their value.</summary>
    public static void ParseDefaults(DatabaseTable table, IRelationalTypeMappingSource types)
    {
        foreach (var column in table.Columns)
        {
            var sql = column.DefaultValueSql?.Trim() ?? "";
            while (sql.StartsWith('(') && SqlScan.Next(sql, 0) == sql.Length)
            {
                sql = sql[1..^1].Trim();
            }

            var hint = (Type?)column["ClrType"];
            var type = (hint is null ? types.FindMapping(column.StoreType ?? "") : types.FindMapping(hint, column.StoreType))?.ClrType;
            column.DefaultValue = type is null || sql.Length == 0 ? null : Literal(type, sql);
        }
    }

    private static Type? Of(SchemaReader schema, string table, string column, string name)
    {
        var quoted = Quote(column);
        var row = schema.Rows(
            $"SELECT typeof(max({quoted})), typeof(min({quoted})), min({quoted}), max({quoted}) FROM (SELECT {quoted} FROM {Quote(table)} LIMIT 65537)")[0];
        var known = ByName.GetValueOrDefault(name);
        switch (row[0] as string)
        {
            case "integer":
                var (least, greatest) = (Convert.ToInt64(row[2], CultureInfo.InvariantCulture), (long)row[3]!);
                return known is not null && Ranges.TryGetValue(known, out var range) && least >= range.Least && greatest <= range.Greatest ? known
                    : known == typeof(long) || least < int.MinValue || greatest > int.MaxValue ? typeof(long)
                    : typeof(int);

            case "real":
                return known == typeof(decimal) || (known == typeof(float) && (double)row[2]! >= float.MinValue && (double)row[3]! <= float.MaxValue)
                    ? known
                    : typeof(double);

            case "text":
                return OfText((string)row[3]!, known);

            case "blob":
                return typeof(byte[]);

            default:
                // EF Core's own scaffolding leaves an empty LONG to its affinity, which is none.
                return name.Equals("LONG", StringComparison.OrdinalIgnoreCase) ? null : known ?? (name.Contains("INT", StringComparison.OrdinalIgnoreCase) ? typeof(int) : null);
        }
    }

    private static Type OfText(string greatest, Type? known)
        => DatePattern().IsMatch(greatest) ? typeof(DateOnly)
            : DateTimePattern().IsMatch(greatest) ? typeof(DateTime)
            : DateTimeOffsetPattern().IsMatch(greatest) ? typeof(DateTimeOffset)
            : DecimalPattern().IsMatch(greatest) ? typeof(decimal)
            : GuidPattern().IsMatch(greatest) ? typeof(Guid)
            : TimePattern().IsMatch(greatest) ? known == typeof(TimeOnly) && TimeOnly.TryParse(greatest, CultureInfo.InvariantCulture, out _) ? known : typeof(TimeSpan)
            : typeof(string);

    private static object? Literal(Type type, string sql)
    {
        if (sql.Equals("NULL", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var invariant = CultureInfo.InvariantCulture;
        if (type == typeof(bool))
        {
            return long.TryParse(sql, invariant, out var bit) ? bit != 0 : null;
        }

        if (type == typeof(double) || type == typeof(float))
        {
            return double.TryParse(sql, invariant, out var number) ? Convert.ChangeType(number, type, invariant) : null;
        }

        if (Ranges.TryGetValue(type, out var range) || type == typeof(long))
        {
            return !long.TryParse(sql, invariant, out var whole) ? null
                : type == typeof(ulong) ? unchecked((ulong)whole)
                : type == typeof(long) ? whole
                : whole >= range.Least && whole <= range.Greatest ? Convert.ChangeType(whole, type, invariant)
                : null;
        }

        if (sql.Length < 2 || sql[0] != '\'' || SqlScan.Next(sql, 0) != sql.Length)
        {
            return null;
        }

        var text = sql[1..^1].Replace("''", "'", StringComparison.Ordinal);
        return type == typeof(string) ? text
            : type == typeof(Guid) ? Guid.TryParse(text, out var guid) ? guid : null
            : type == typeof(DateTime) ? DateTime.TryParse(text, invariant, out var dateTime) ? dateTime : null
            : type == typeof(DateOnly) ? DateOnly.TryParse(text, invariant, out var date) ? date : null
            : type == typeof(TimeOnly) ? TimeOnly.TryParse(text, invariant, out var time) ? time : null
            : type == typeof(TimeSpan) ? TimeSpan.TryParse(text, invariant, out var span) ? span : null
            : type == typeof(DateTimeOffset) ? DateTimeOffset.TryParse(text, invariant, out var offset) ? offset : null
            : type == typeof(decimal) ? decimal.TryParse(text, invariant, out var value) ? value : null
            : null;
    }

    private static string Quote(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}\z")]
    private static partial Regex DatePattern();

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,7})?\z")]
    private static partial Regex DateTimePattern();

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,7})?[-+]\d{2}:\d{2}\z")]
    private static partial Regex DateTimeOffsetPattern();

    [GeneratedRegex(@"^-?\d+\.\d{1,28}\z")]
    private static partial Regex DecimalPattern();

    [GeneratedRegex("^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\\z")]
    private static partial Regex GuidPattern();

    [GeneratedRegex(@"^-?(\d+\.)?\d{2}:\d{2}:\d{2}(\.\d{1,7})?\z")]
    private static partial Regex TimePattern();
}
