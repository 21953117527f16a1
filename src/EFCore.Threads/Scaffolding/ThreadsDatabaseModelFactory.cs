using System.Data;
using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Scaffolding;
using Microsoft.EntityFrameworkCore.Scaffolding.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Threads.Diagnostics;
using Microsoft.EntityFrameworkCore.Threads.Metadata;
using Threads.Data;

namespace Microsoft.EntityFrameworkCore.Threads.Scaffolding;

/// <summary>Reads the schema of a database for scaffolding. The log's own tables, SQLite's and the migrations history are no part of it.</summary>
internal sealed class ThreadsDatabaseModelFactory(
    IDiagnosticsLogger<DbLoggerCategory.Scaffolding> logger, IRelationalTypeMappingSource types)
    : DatabaseModelFactory
{
    public override DatabaseModel Create(string connectionString, DatabaseModelFactoryOptions options)
    {
        using var connection = new ThreadsConnection(connectionString);
        return Create(connection, options);
    }

    public override DatabaseModel Create(DbConnection connection, DatabaseModelFactoryOptions options)
    {
        if (options.Schemas.Any())
        {
            logger.SchemasNotSupportedWarning();
        }

        var wasClosed = connection.State != ConnectionState.Open;
        if (wasClosed)
        {
            connection.Open();
        }

        try
        {
            return Read(new SchemaReader(connection), connection.DataSource, options.Tables.ToHashSet(StringComparer.OrdinalIgnoreCase));
        }
        finally
        {
            if (wasClosed)
            {
                connection.Close();
            }
        }
    }

    private DatabaseModel Read(SchemaReader schema, string path, HashSet<string> selected)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        var model = new DatabaseModel { DatabaseName = string.IsNullOrEmpty(name) || name == ":memory:" ? "Main" : name };
        foreach (var (tableName, isView, sql) in schema.Tables())
        {
            if (selected.Count > 0 && !selected.Contains(tableName))
            {
                continue;
            }

            DatabaseTable table = isView ? new DatabaseView { Database = model, Name = tableName } : new DatabaseTable { Database = model, Name = tableName };
            logger.ScaffoldingFound(ThreadsEventId.TableFound, isView ? "view" : "table", tableName, tableName);
            AddColumns(schema, table, sql);
            AddKeysAndIndexes(schema, table);
            foreach (var check in isView ? [] : CheckConstraints.Of(tableName, sql))
            {
                table[ThreadsAnnotationNames.CheckConstraint + check.Name] = check.Sql;
            }

            model.Tables.Add(table);
        }

        foreach (var missing in selected.Where(s => !model.Tables.Any(t => t.Name.Equals(s, StringComparison.OrdinalIgnoreCase))))
        {
            logger.MissingTableWarning(missing);
        }

        foreach (var table in model.Tables)
        {
            AddForeignKeys(schema, table, model.Tables);
        }

        // SQLite lets keys be NULL, for which EF has no meaning.
        foreach (var column in model.Tables.SelectMany(t => t.PrimaryKey?.Columns ?? [])
                     .Concat(model.Tables.SelectMany(t => t.ForeignKeys).SelectMany(k => k.PrincipalColumns)))
        {
            column.IsNullable = false;
        }

        return model;
    }

    private void AddColumns(SchemaReader schema, DatabaseTable table, string? sql)
    {
        foreach (var found in schema.Columns(table.Name))
        {
            logger.ScaffoldingFound(ThreadsEventId.ColumnFound, "column", found.Name, table.Name);
            table.Columns.Add(new DatabaseColumn
            {
                Table = table,
                Name = found.Name,
                StoreType = found.Type,
                IsNullable = !found.NotNull,
                DefaultValueSql = found.Default,
                ValueGenerated = found.Autoincrement ? ValueGenerated.OnAdd : null,
                ComputedColumnSql = found.Generated ? GeneratedColumns.Expression(sql, found.Name) : null,
                IsStored = found.Stored ? true : null,
                Collation = found.Collation,
            });
        }

        ColumnTypes.Infer(schema, table, types);
        ColumnTypes.ParseDefaults(table, types);
    }

    private void AddKeysAndIndexes(SchemaReader schema, DatabaseTable table)
    {
        foreach (var index in schema.Indexes(table.Name))
        {
            var name = index.Name.StartsWith("sqlite_", StringComparison.Ordinal) ? string.Empty : index.Name;
            var columns = index.Columns.Select(c => c.Name is null ? null : Column(table, c.Name)).ToList();
            switch (index.Origin)
            {
                case "pk":
                    logger.ScaffoldingFound(ThreadsEventId.PrimaryKeyFound, "primary key", name, table.Name);
                    table.PrimaryKey = Fill(new DatabasePrimaryKey { Table = table, Name = name }, k => k.Columns, columns);
                    break;

                case "u":
                    logger.ScaffoldingFound(ThreadsEventId.UniqueConstraintFound, "unique constraint", name, table.Name);
                    table.UniqueConstraints.Add(Fill(new DatabaseUniqueConstraint { Table = table, Name = name }, k => k.Columns, columns));
                    break;

                // EF has no index over an expression.
                default:
                    if (name.Length > 0 && !columns.Contains(null))
                    {
                        logger.ScaffoldingFound(ThreadsEventId.IndexFound, "index", name, table.Name);
                        var found = Fill(
                            new DatabaseIndex { Table = table, Name = name, IsUnique = index.IsUnique, Filter = index.Filter }, i => i.Columns, columns);
                        foreach (var column in index.Columns)
                        {
                            found.IsDescending.Add(column.Descending);
                        }

                        table.Indexes.Add(found);
                    }

                    break;
            }
        }

        // A single INTEGER key is the row's number and has no index.
        if (table.PrimaryKey is null && schema.RowNumberKey(table.Name) is { } rowNumber)
        {
            table.PrimaryKey = new DatabasePrimaryKey { Table = table, Name = string.Empty, Columns = { Column(table, rowNumber) } };
        }
    }

    private void AddForeignKeys(SchemaReader schema, DatabaseTable table, IList<DatabaseTable> tables)
    {
        foreach (var found in schema.ForeignKeys(table.Name))
        {
            logger.ScaffoldingFound(ThreadsEventId.ForeignKeyFound, "foreign key to", found.Principal, table.Name);
            if (tables.FirstOrDefault(t => t.Name.Equals(found.Principal, StringComparison.OrdinalIgnoreCase)) is not { } principal)
            {
                logger.ForeignKeyReferencesMissingTableWarning(found.Id, table.Name, found.Principal);
                continue;
            }

            var key = new DatabaseForeignKey { Table = table, Name = string.Empty, PrincipalTable = principal, OnDelete = Action(found.OnDelete) };
            foreach (var (position, from, to) in found.Columns)
            {
                var target = to is null
                    ? principal.PrimaryKey?.Columns.ElementAtOrDefault(position)
                    : principal.Columns.FirstOrDefault(c => c.Name.Equals(to, StringComparison.OrdinalIgnoreCase));
                if (target is null)
                {
                    logger.ForeignKeyPrincipalColumnMissingWarning(found.Id, table.Name, to ?? "", found.Principal);
                    break;
                }

                key.Columns.Add(Column(table, from));
                key.PrincipalColumns.Add(target);
            }

            if (key.Columns.Count == found.Columns.Count)
            {
                table.ForeignKeys.Add(key);
            }
        }
    }

    private static T Fill<T>(T owner, Func<T, IList<DatabaseColumn>> of, IEnumerable<DatabaseColumn?> columns)
    {
        foreach (var column in columns)
        {
            of(owner).Add(column!);
        }

        return owner;
    }

    private static DatabaseColumn Column(DatabaseTable table, string name)
        => table.Columns.FirstOrDefault(c => c.Name == name) ?? table.Columns.First(c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static ReferentialAction? Action(string text)
        => text switch
        {
            "RESTRICT" => ReferentialAction.Restrict,
            "CASCADE" => ReferentialAction.Cascade,
            "SET NULL" => ReferentialAction.SetNull,
            "SET DEFAULT" => ReferentialAction.SetDefault,
            "NO ACTION" => ReferentialAction.NoAction,
            _ => null,
        };
}
