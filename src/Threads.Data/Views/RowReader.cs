using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>What a row claims and refers to, evaluated by SQLite itself.</summary>
internal sealed record RowClaims((UniqueKey Unique, ClaimKey Key)[] Claims, (Reference Reference, ClaimKey Key)[] References)
{
    public static readonly RowClaims None = new([], []);
}

/// <summary>
/// Reads claims of rows: of those that stand in their table from there; of others from a TEMP table that is like theirs, in which they stand alone for a moment, so
/// that affinities, generated columns, checks and the expressions of indexes are SQLite's own work.
/// </summary>
internal sealed class RowReader(SqliteDatabase database, ConstraintCatalog constraints)
{
    private const string Coercion = "_threads_coercion";

    private readonly Dictionary<long, string> _clones = [];
    private readonly Dictionary<long, string> _selects = [];
    private bool _hasCoercion;

    /// <summary>The schema may be another one, or a rollback took TEMP tables away.</summary>
    public void Forget()
    {
        _clones.Clear();
        _selects.Clear();
        _hasCoercion = false;
    }

    public TableConstraints Constraints(TableSchema table) => constraints.Of(table);

    /// <summary>A row by its entity's key, given as CBOR; null where none stands in the table.</summary>
    public RowClaims? Read(TableConstraints table, byte[] key)
    {
        if (!RowKey.Stands(table.Table, key))
        {
            return null;
        }

        var row = database[$"{Select(table)} FROM main.{table.Table.Quoted} WHERE {table.Table.KeyEquals("", i => FormattableString.Invariant($"?{i + 1}"))}"];
        RowKey.Bind(row, table.Table, key);
        return ReadRow(table, row);
    }

    /// <summary>A row that stands nowhere: <paramref name="bind"/> sets the given columns' values. Null where the row can't stand even alone; then <paramref name="refusal"/> says why.</summary>
    public RowClaims? ReadAlone(TableConstraints table, ColumnSchema[] columns, Action<SqliteStatement> bind, byte[] key, out string? refusal)
    {
        var clone = Clone(table);
        var insert = database[$"INSERT OR ABORT INTO temp.{clone}({string.Join(", ", columns.Select(c => c.Quoted))}) VALUES({string.Join(", ", columns.Select((_, i) => FormattableString.Invariant($"?{i + 1}")))})"];
        bind(insert);
        var rc = insert.TryRun();
        if (rc != SqliteNative.Ok)
        {
            refusal = Message(rc).Replace(clone, table.Table.Canonical, StringComparison.Ordinal);
            return null;
        }

        try
        {
            var stored = database[$"SELECT {string.Join(", ", table.Table.Keys.ToArray().Select(c => c.Quoted))} FROM temp.{clone}"];
            stored.Step();
            var same = RowKey.Read(stored, 0, table.Table.KeyCount).AsSpan().SequenceEqual(key);
            stored.Reset();
            if (!same)
            {
                refusal = $"datatype mismatch: the key of {table.Table.Canonical} would be stored as another value";
                return null;
            }

            refusal = null;
            return ReadRow(table, database[$"{Select(table)} FROM temp.{clone} AS {table.Table.Quoted}"]);
        }
        catch (Microsoft.Data.Sqlite.SqliteException e) when (e.SqliteErrorCode is SqliteNative.GeneralError or SqliteNative.TooBig)
        {
            refusal = Plain(e.Message);
            return null;
        }
        finally
        {
            database[$"DELETE FROM temp.{clone}"].Run();
        }
    }

    private string Message(int rc) => Plain(database.Error(rc).Message);

    /// <summary>SQLite's words without "SQLite Error 19: '…'.".</summary>
    public static string Plain(string message)
    {
        var from = message.IndexOf('\'', StringComparison.Ordinal);
        return from >= 0 && message.EndsWith("'.", StringComparison.Ordinal) ? message[(from + 1)..^2] : message;
    }

    private RowClaims? ReadRow(TableConstraints table, SqliteStatement row)
    {
        try
        {
            if (!row.Step())
            {
                return null;
            }

            var claims = new List<(UniqueKey, ClaimKey)>(table.Uniques.Length);
            var references = new List<(Reference, ClaimKey)>(table.References.Length);
            var column = 0;
            foreach (var unique in table.Uniques)
            {
                if (row.Int64(column++) == 1 && ClaimKey.Read(row, column, unique.Collations) is { } key)
                {
                    claims.Add((unique, key));
                }

                column += unique.Parts.Length;
            }

            foreach (var reference in table.References)
            {
                if (ClaimKey.Read(row, column, reference.Target.Collations) is { } key)
                {
                    references.Add((reference, key));
                }

                column += reference.Columns.Length;
            }

            row.Reset();
            for (var i = 0; i < references.Count; i++)
            {
                if (references[i].Item1.Converts)
                {
                    references[i] = (references[i].Item1, Coerce(references[i].Item1.Target, references[i].Item2));
                }
            }

            return new RowClaims([.. claims], [.. references]);
        }
        finally
        {
            row.Reset();
        }
    }

    private string Select(TableConstraints table)
    {
        if (!_selects.TryGetValue(table.Table.Collection, out var select))
        {
            var columns = table.Uniques.SelectMany(u => u.Parts.Prepend(u.Where is null ? "1" : $"({u.Where}) IS TRUE"))
                .Concat(table.References.SelectMany(r => r.Columns).Select(c => c.Quoted));
            _selects.Add(table.Table.Collection, select = $"SELECT {string.Join(", ", columns)}");
        }

        return select;
    }

    private string Clone(TableConstraints table)
    {
        if (!_clones.TryGetValue(table.Table.Collection, out var name))
        {
            var hash = System.Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(table.Definition)).AsSpan(0, 8));
            name = FormattableString.Invariant($"_threads_x{table.Table.Collection}_{hash}");
            if (database["SELECT 1 FROM sqlite_temp_master WHERE type = 'table' AND name = ?"].Bind(1, name).ScalarInt64() == 0)
            {
                database.Execute(DefinitionText.TableAs(table.Definition, name));
            }

            _clones.Add(table.Table.Collection, name);
        }

        return name;
    }

    /// <summary>A child's value as the parent's column would hold it.</summary>
    private ClaimKey Coerce(UniqueKey target, ClaimKey key)
    {
        if (!_hasCoercion)
        {
            database.Execute($"CREATE TEMP TABLE IF NOT EXISTS {Coercion}(\"TEXT\" TEXT, \"INTEGER\" INTEGER, \"NUMERIC\" NUMERIC, \"REAL\" REAL, \"BLOB\" BLOB)");
            _hasCoercion = true;
        }

        using var writer = new CborWriter(256);
        writer.StartArray(target.Parts.Length);
        var reader = new CborReader(key.Raw);
        reader.ReadArray();
        foreach (var affinity in target.Affinities)
        {
            var insert = database[$"INSERT INTO temp.{Coercion}(\"{affinity}\") VALUES(?)"];
            SqlValue.Read(ref reader).Bind(insert, 1, pinned: false);
            insert.Run();
            var stored = database[$"SELECT \"{affinity}\" FROM temp.{Coercion}"];
            stored.Step();
            SqlValue.Column(stored, 0).Write(writer);
            stored.Reset();
            database[$"DELETE FROM temp.{Coercion}"].Run();
        }

        return ClaimKey.Of(writer.ToArray(), target.Collations);
    }
}
