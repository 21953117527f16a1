using System.Globalization;
using System.Text;
using System.Text.Json;
using Threads.Data.Events;
using Threads.Data.JsonSchemas;
using Threads.Data.Resources;
using Threads.Data.Sqlite;

namespace Threads.Data.Capture;

/// <summary>
/// The JSON schemas that rows written here have to keep (T-STO-9): those the program declared for the tables it knows, for others those in the file. What is
/// declared goes into the file with the next transaction, so that a connection without a model holds to it too. Other peers' rows are not asked.
/// </summary>
internal sealed class RowSchemas(SqliteDatabase database)
{
    private readonly Dictionary<TableSchema, RowCheck[]> _checks = new(ReferenceEqualityComparer.Instance);
    private ILookup<string, TableSchemaRule>? _rules;
    private TableSchemaRules? _declared;
    private bool _isKept = true;

    /// <summary>What the program knows; the same object again costs nothing.</summary>
    public void Declare(TableSchemaRules rules)
    {
        if (!ReferenceEquals(rules, _declared))
        {
            _declared = rules;
            _isKept = false;
            Forget();
        }
    }

    /// <summary>Another connection wrote, the schema is another one, or a transaction was rolled back.</summary>
    public void Forget(bool isRolledBack = false)
    {
        _rules = null;
        _checks.Clear();
        _isKept &= !isRolledBack;
    }

    /// <summary>In a write transaction: what was declared stands in the file.</summary>
    public void Keep()
    {
        if (_isKept || _declared is null)
        {
            return;
        }

        _isKept = true;
        var stored = Stored().ToLookup(r => r.Table, StringComparer.OrdinalIgnoreCase);
        var declared = _declared.Rules.ToLookup(r => r.Table, StringComparer.OrdinalIgnoreCase);
        foreach (var table in _declared.Tables.Where(t => !stored[t].Select(Text).Order(StringComparer.Ordinal).SequenceEqual(declared[t].Select(Text).Order(StringComparer.Ordinal))))
        {
            Set(table, [.. declared[table]]);
        }
    }

    /// <summary>Puts a table's rules into the file in place of those that were there.</summary>
    public void Set(string table, params ReadOnlySpan<TableSchemaRule> rules)
    {
        database["DELETE FROM _threads_schema WHERE tbl = ?"].Bind(1, table).Run();
        foreach (var rule in rules)
        {
            database["INSERT INTO _threads_schema(tbl, entity, rule, schema) VALUES(?, ?, ?, ?)"]
                .Bind(1, table).Bind(2, rule.Entity).Bind(3, Text(rule)).Bind(4, rule.Schema).Run();
        }

        Forget();
    }

    /// <summary>What rows of a table are asked; empty for most tables.</summary>
    public RowCheck[] For(TableSchema table)
    {
        if (!_checks.TryGetValue(table, out var checks))
        {
            _rules ??= Rules().ToLookup(r => r.Table, StringComparer.OrdinalIgnoreCase);
            _checks.Add(table, checks = [.. _rules[table.Name].Select(r => RowCheck.TryMake(database, table, r)).OfType<RowCheck>()]);
        }

        return checks;
    }

    private IEnumerable<TableSchemaRule> Rules()
    {
        var known = _declared?.Tables.ToHashSet(StringComparer.OrdinalIgnoreCase) ?? [];
        return Stored().Where(r => !known.Contains(r.Table)).Concat(_declared?.Rules ?? []);
    }

    private List<TableSchemaRule> Stored()
    {
        var rules = new List<TableSchemaRule>();
        var rows = database["SELECT tbl, rule FROM _threads_schema"];
        while (rows.Step())
        {
            // The table may have been renamed since.
            rules.Add(JsonSerializer.Deserialize<TableSchemaRule>(rows.Text(1))! with { Table = rows.Text(0) });
        }

        return rules;
    }

    private static string Text(TableSchemaRule rule) => JsonSerializer.Serialize(rule);
}

/// <summary>One rule, met with the table as it is.</summary>
internal sealed class RowCheck
{
    private const int MostShown = 5;

    private readonly TableSchema _table;
    private readonly TableSchemaRule _rule;
    private readonly JsonSchema _schema;
    private readonly RowShape _shape;
    private readonly int _discriminator;

    private RowCheck(TableSchema table, TableSchemaRule rule, JsonSchema schema, RowShape shape, int discriminator)
    {
        _table = table;
        _rule = rule;
        _schema = schema;
        _shape = shape;
        _discriminator = discriminator;
    }

    public static RowCheck? TryMake(SqliteDatabase database, TableSchema table, TableSchemaRule rule)
    {
        var schema = JsonSchema.Parse(rule.Schema);
        var discriminator = rule.Discriminator is { } name ? Array.FindIndex(table.Columns, c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) : -1;
        if (rule.Discriminator is not null && discriminator < 0)
        {
            return null;
        }

        var shape = RowShape.TryMake(table, rule.Columns ?? Declared(database, table), Generated(database, table), schema.Root);
        return shape is null ? null : new RowCheck(table, rule, schema, shape, discriminator);
    }

    /// <summary>Asks all of them of a row of <see cref="TableSchema.ChangesSql"/>, as it is now.</summary>
    public static void All(RowCheck[] checks, TableSchema table, SqliteStatement rows, int others)
    {
        foreach (var check in checks)
        {
            // Keys stand before the image of before, the others behind it.
            check.Check(rows, i => i < table.KeyCount ? 1 + i : 2 + others + i);
        }
    }

    /// <summary>Refuses a row as it is now; <paramref name="column"/> says where in the statement's row a column of the table stands.</summary>
    /// <exception cref="ThreadsException">It breaks the schema.</exception>
    public void Check(SqliteStatement row, Func<int, int> column)
    {
        if (_discriminator >= 0 && !_rule.DiscriminatorValues.Contains(Text(SqlValue.Column(row, column(_discriminator)))))
        {
            return;
        }

        IReadOnlyList<JsonSchemaError> errors;
        try
        {
            using var json = _shape.Write(row, column);
            errors = _schema.Validate(json.RootElement);
        }
        catch (JsonException e)
        {
            errors = [new JsonSchemaError("/" + e.Message, "json", "", Strings.JsonSchemaColumn())];
        }

        if (errors.Count > 0)
        {
            throw ThreadsErrors.JsonSchemaRow(_rule.Entity, _table.Name, Key(row, column), string.Join("; ", errors.Take(MostShown)), errors.Count - MostShown);
        }
    }

    private static JsonSchemaColumn[] Declared(SqliteDatabase database, TableSchema table)
    {
        var types = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var rows = database["SELECT name, upper(type) FROM pragma_table_xinfo(?)"].Bind(1, table.Name);
        while (rows.Step())
        {
            types[rows.Text(0)] = rows.Text(1);
        }

        return Array.ConvertAll(table.Columns, c => new JsonSchemaColumn(c.Name, JsonPointer.Child("", c.Name), types.GetValueOrDefault(c.Name, "") switch
        {
            var t when t.StartsWith("BOOL", StringComparison.Ordinal) => JsonColumnKind.Boolean,
            var t when t.StartsWith("JSON", StringComparison.Ordinal) => JsonColumnKind.Json,
            _ => JsonColumnKind.Value,
        }));
    }

    private static HashSet<string> Generated(SqliteDatabase database, TableSchema table)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var rows = database["SELECT name FROM pragma_table_xinfo(?) WHERE hidden IN (2, 3)"].Bind(1, table.Name);
        while (rows.Step())
        {
            names.Add(rows.Text(0));
        }

        return names;
    }

    private string Key(SqliteStatement row, Func<int, int> column)
    {
        var parts = Enumerable.Range(0, _table.KeyCount).Select(i => KeyPart(row, column(i))).ToArray();
        return parts is [var only] ? only : $"({string.Join(", ", parts)})";
    }

    private static string KeyPart(SqliteStatement row, int column)
    {
        const int longest = 100;
        var value = SqlValue.Column(row, column);
        var text = value.Type switch
        {
            SqliteNative.Text => SqliteDatabase.Literal(Text(value)),
            SqliteNative.Blob => $"x'{Convert.ToHexString(value.Bytes[..Math.Min(longest, value.Bytes.Length)])}'",
            _ => Text(value),
        };
        return text.Length <= longest ? text : text[..longest] + "…";
    }

    // Not SQLite's own conversion, which would leave the row another type.
    private static string Text(in SqlValue value) => value.Type switch
    {
        SqliteNative.Integer => value.Integer.ToString(CultureInfo.InvariantCulture),
        SqliteNative.Float => value.Real.ToString("R", CultureInfo.InvariantCulture),
        SqliteNative.Text => Encoding.UTF8.GetString(value.Bytes),
        _ => "",
    };
}
