using System.Text;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Threads.Diagnostics;
using Microsoft.EntityFrameworkCore.Threads.Metadata;

namespace Microsoft.EntityFrameworkCore.Threads.Migrations;

/// <summary>
/// Turns what SQLite cannot alter into rebuilds, one per table and at the end, when every column has its last name: the table is made anew from the
/// model under a name that begins with <c>ef_temp_</c>, filled from the old one, and takes its place. Whoever captures changes knows that prefix: a
/// rebuild moves rows and changes none.
/// </summary>
internal sealed class TableRebuilds(MigrationsSqlGeneratorDependencies dependencies, IModel? model)
{
    public const string TemporaryPrefix = "ef_temp_";
    public const string ForeignKeysOff = "PRAGMA foreign_keys = 0;";
    public const string ForeignKeysOn = "PRAGMA foreign_keys = 1;";

    /// <summary>The statements around a rebuild that only work outside of transactions, where the connection is not ours.</summary>
    public static bool IsSwitch(string text) => text.TrimEnd() is ForeignKeysOff or ForeignKeysOn;

    private readonly IRelationalModel? relational = model?.GetRelationalModel();
    private readonly Dictionary<string, Rebuild> rebuilds = [];
    private readonly List<MigrationOperation> result = [];
    private readonly List<SqlOperation> created = [];
    private readonly Dictionary<MigrationOperation, string> parts = [];

    public IReadOnlyList<MigrationOperation> Rewrite(IReadOnlyList<MigrationOperation> operations)
    {
        foreach (var operation in operations)
        {
            Take(operation);
        }

        var tables = new List<(ITable Table, Rebuild Rebuild)>();
        foreach (var (name, rebuild) in rebuilds)
        {
            // Without the model a table leads to nothing can be rebuilt; its operations stay and are refused by name.
            if (relational?.FindTable(name, null) is { } table)
            {
                tables.Add((table, rebuild));
                foreach (var concerned in rebuild.Concerned)
                {
                    dependencies.MigrationsLogger.TableRebuildPendingWarning(concerned.GetType(), table.Name);
                }

                result.RemoveAll(rebuild.Replaced.Contains);
            }
        }

        if (tables.Count > 0)
        {
            Append(tables, operations);
        }

        result.AddRange(created);
        return result;
    }

    /// <summary>Drops and creates the indexes over JSON that differ; true when nothing else of the table does.</summary>
    private bool TakeIndexes(AlterTableOperation alter)
    {
        var (before, after) = (JsonIndexes(alter.OldTable), JsonIndexes(alter));
        foreach (var (name, sql) in before.Where(i => after.GetValueOrDefault(i.Key) != i.Value))
        {
            result.Add(new DropIndexOperation { Table = alter.Name, Name = name });
        }

        created.AddRange(after.Where(i => before.GetValueOrDefault(i.Key) != i.Value)
            .Select(i => new SqlOperation { Sql = JsonIndex.CreateSql(Delimit(i.Key), i.Value, Delimit(alter.Name)) + dependencies.SqlGenerationHelper.StatementTerminator }));
        return alter.Comment == alter.OldTable.Comment && Others(alter).SequenceEqual(Others(alter.OldTable));

        static IEnumerable<(string, object?)> Others(Annotatable table)
            => table.GetAnnotations().Where(a => !IsJsonIndex(a.Name)).OrderBy(a => a.Name, StringComparer.Ordinal).Select(a => (a.Name, a.Value));
    }

    private static bool IsJsonIndex(string annotation) => annotation.StartsWith(ThreadsAnnotationNames.JsonIndex, StringComparison.Ordinal);

    /// <summary>Names and SQL of the indexes over JSON that an operation on a table carries.</summary>
    public static Dictionary<string, string> JsonIndexes(Annotatable table)
        => table.GetAnnotations().Where(a => IsJsonIndex(a.Name)).ToDictionary(a => a.Name[ThreadsAnnotationNames.JsonIndex.Length..], a => (string)a.Value!, StringComparer.Ordinal);

    /// <summary>What a rewritten operation does, in the words of the migration.</summary>
    public string Describe(MigrationOperation operation) => parts.GetValueOrDefault(operation) ?? OperationCommand.Describe(operation);

    private void Take(MigrationOperation operation)
    {
        switch (operation)
        {
            // A key to a table still being created is part of its creation.
            case AddForeignKeyOperation key when result.OfType<CreateTableOperation>().FirstOrDefault(t => t.Name == key.Table) is { } created:
                created.ForeignKeys.Add(key);
                return;

            // Indexes over JSON come and go without the table.
            case AlterTableOperation alterTable when TakeIndexes(alterTable):
                return;

            case AddPrimaryKeyOperation or DropPrimaryKeyOperation or AddUniqueConstraintOperation or DropUniqueConstraintOperation
                or AddCheckConstraintOperation or DropCheckConstraintOperation or AddForeignKeyOperation or DropForeignKeyOperation
                or AlterTableOperation:
                Of(((ITableMigrationOperation)operation).Table).Replaced.Add(operation);
                break;

            // How a column merges is no part of the table.
            case AlterColumnOperation alter when MergeDeclarations.IsAll(alter):
                return;

            case AlterColumnOperation alter:
                var altered = Of(alter.Table);
                altered.Replaced.Add(alter);
                altered.Altered[alter.Name] = alter;
                break;

            case DropColumnOperation drop:
                var dropped = Of(drop.Table);
                dropped.Replaced.Add(drop);
                dropped.Dropped.Add(drop.Name);
                break;

            // A name that is to be free can't be taken before the rebuild frees it.
            case AddColumnOperation add when Pending(add.Table) is { } pending && pending.Dropped.Contains(add.Name):
                pending.Replaced.Add(add);
                pending.Added[add.Name] = add;
                break;

            case AddColumnOperation { Comment: not null } commented:
                Of(commented.Table);
                break;

            case RenameColumnOperation rename when Pending(rename.Table) is { } pending && pending.Dropped.Contains(rename.NewName):
                pending.Replaced.Add(rename);
                pending.Dropped.Add(rename.Name);
                pending.Renamed[rename.NewName] = rename.Name;
                break;

            case CreateIndexOperation index when Pending(index.Table) is { } pending
                && index.Columns.Any(c => pending.Added.ContainsKey(c) || pending.Renamed.ContainsKey(c)):
                pending.Replaced.Add(index);
                pending.Indexes.Add(index.Name);
                break;

            case RenameIndexOperation { Table: { } table } rename
                when relational?.FindTable(table, null)?.Indexes.FirstOrDefault(i => i.Name == rename.NewName) is { } renamed:
                result.Add(new DropIndexOperation { Table = table, Name = rename.Name });
                result.Add(CreateIndexOperation.CreateFrom(renamed));
                return;

            case RenameTableOperation { NewName: { } newName } rename when rebuilds.Remove(rename.Name, out var moved):
                rebuilds[newName] = moved;
                break;

            case InsertDataOperation or UpdateDataOperation or DeleteDataOperation:
                Pending(((ITableMigrationOperation)operation).Table)?.Concerned.Add(operation);
                break;

            case SqlOperation:
                foreach (var rebuild in rebuilds.Values)
                {
                    rebuild.Concerned.Add(operation);
                }

                break;
        }

        result.Add(operation);
    }

    private void Append(List<(ITable Table, Rebuild Rebuild)> tables, IReadOnlyList<MigrationOperation> operations)
    {
        var indexes = new List<CreateIndexOperation>();
        foreach (var (table, rebuild) in tables)
        {
            var first = result.Count;
            FillNulls(table, rebuild);
            var create = Create(table, rebuild);
            result.Add(create);
            foreach (var index in table.Indexes)
            {
                var operation = CreateIndexOperation.CreateFrom(index);
                if (index.IsUnique && rebuild.Indexes.Contains(index.Name))
                {
                    operation.Table = create.Name;
                    result.Add(operation);
                }
                else
                {
                    indexes.Add(operation);
                }
            }

            result.Add(new SqlOperation { Sql = Copy(table, rebuild, create.Name, operations) });
            NameParts(first, table, rebuild);
        }

        // Dropping a table must not cascade, and taking its name must not rewrite the views and triggers that mention it.
        result.Add(new SqlOperation { Sql = ForeignKeysOff, SuppressTransaction = true });
        result.Add(new SqlOperation { Sql = "PRAGMA legacy_alter_table = 1;" });
        foreach (var (table, rebuild) in tables)
        {
            var first = result.Count;
            result.Add(new DropTableOperation { Name = table.Name });
            result.Add(new RenameTableOperation { Name = TemporaryPrefix + table.Name, NewName = table.Name });
            NameParts(first, table, rebuild);
        }

        result.Add(new SqlOperation { Sql = "PRAGMA legacy_alter_table = 0;" });
        result.Add(new SqlOperation { Sql = ForeignKeysOn, SuppressTransaction = true });
        result.AddRange(indexes);
    }

    private void NameParts(int first, ITable table, Rebuild rebuild)
    {
        var name = $"rebuild of table '{table.Name}' for {string.Join(", ", rebuild.Replaced.Select(OperationCommand.Describe))}";
        foreach (var part in result.Skip(first))
        {
            parts[part] = name;
        }
    }

    private static CreateTableOperation Create(ITable table, Rebuild rebuild)
    {
        var create = new CreateTableOperation { Name = TemporaryPrefix + table.Name, Comment = table.Comment };
        create.AddAnnotations(table.GetAnnotations());
        if (table.PrimaryKey is { } key)
        {
            create.PrimaryKey = AddPrimaryKeyOperation.CreateFrom(key);
        }

        foreach (var column in table.Columns.OrderBy(c => c.Order ?? int.MaxValue))
        {
            column.TryGetDefaultValue(out var defaultValue);
            var add = new AddColumnOperation
            {
                Table = create.Name,
                Name = column.Name,
                ColumnType = column.StoreType,
                IsNullable = column.IsNullable,
                DefaultValue = rebuild.Added.TryGetValue(column.Name, out var added) && !added.IsNullable ? added.DefaultValue : defaultValue,
                DefaultValueSql = column.DefaultValueSql,
                ComputedColumnSql = column.ComputedColumnSql,
                IsStored = column.IsStored,
                Comment = column.Comment,
                Collation = column.Collation,
            };
            add.AddAnnotations(column.GetAnnotations());
            create.Columns.Add(add);
        }

        create.ForeignKeys.AddRange(table.ForeignKeyConstraints.Select(AddForeignKeyOperation.CreateFrom));
        create.UniqueConstraints.AddRange(table.UniqueConstraints.Where(c => !c.GetIsPrimaryKey()).Select(AddUniqueConstraintOperation.CreateFrom));
        create.CheckConstraints.AddRange(table.CheckConstraints.Select(AddCheckConstraintOperation.CreateFrom));
        return create;
    }

    /// <summary>
    /// A value in the place of a NULL is another value: written before the rebuild, which is no change, so that it is in the log and other peers have it too.
    /// </summary>
    private void FillNulls(ITable table, Rebuild rebuild)
    {
        foreach (var (name, alter) in rebuild.Altered)
        {
            if (alter is { IsNullable: false, OldColumn.IsNullable: true, DefaultValue: { } value } && table.FindColumn(name) is { ComputedColumnSql: null } column)
            {
                var source = Delimit(rebuild.Renamed.GetValueOrDefault(name, name));
                result.Add(new SqlOperation
                {
                    Sql = $"UPDATE {Delimit(table.Name)} SET {source} = {Literal(column, value)} WHERE {source} IS NULL{dependencies.SqlGenerationHelper.StatementTerminator}",
                });
            }
        }
    }

    private string Copy(ITable table, Rebuild rebuild, string target, IReadOnlyList<MigrationOperation> operations)
    {
        var into = new List<string>();
        var from = new List<string>();
        foreach (var column in table.Columns)
        {
            // Computed columns fill themselves, new ones take their default, and a new row number is SQLite's to give.
            if (column.ComputedColumnSql is not null || rebuild.Added.ContainsKey(column.Name) || IsNewKey(column))
            {
                continue;
            }

            into.Add(Delimit(column.Name));
            var source = Delimit(rebuild.Renamed.GetValueOrDefault(column.Name, column.Name));
            from.Add(
                rebuild.Altered.TryGetValue(column.Name, out var alter)
                && alter is { IsNullable: false, OldColumn.IsNullable: true, DefaultValue: { } value }
                    ? $"IFNULL({source}, {Literal(column, value)})"
                    : source);
        }

        return new StringBuilder()
            .Append("INSERT INTO ").Append(Delimit(target)).Append(" (").AppendJoin(", ", into).AppendLine(")")
            .Append("SELECT ").AppendJoin(", ", from).AppendLine()
            .Append("FROM ").Append(Delimit(table.Name)).Append(dependencies.SqlGenerationHelper.StatementTerminator)
            .ToString();

        bool IsNewKey(IColumn column)
            => column.FindAnnotation(ThreadsAnnotationNames.Autoincrement)?.Value is true
                && operations.OfType<AddColumnOperation>().Any(a => a.Table == table.Name && a.Name == column.Name);
    }

    private string Literal(IColumn column, object value)
        => (dependencies.TypeMappingSource.FindMapping(value.GetType(), column.StoreType) ?? dependencies.TypeMappingSource.GetMappingForValue(value))
            .GenerateSqlLiteral(value);

    private string Delimit(string name) => dependencies.SqlGenerationHelper.DelimitIdentifier(name);

    private Rebuild? Pending(string table) => rebuilds.GetValueOrDefault(table);

    private Rebuild Of(string table) => rebuilds.TryGetValue(table, out var rebuild) ? rebuild : rebuilds[table] = new Rebuild();

    /// <summary>What is known of one table's rebuild.</summary>
    private sealed class Rebuild
    {
        public HashSet<MigrationOperation> Replaced { get; } = [];

        public HashSet<string> Dropped { get; } = [];

        public HashSet<string> Indexes { get; } = [];

        public Dictionary<string, AddColumnOperation> Added { get; } = [];

        public Dictionary<string, AlterColumnOperation> Altered { get; } = [];

        /// <summary>New name to old.</summary>
        public Dictionary<string, string> Renamed { get; } = [];

        /// <summary>Operations that run before the rebuild and may expect it done.</summary>
        public List<MigrationOperation> Concerned { get; } = [];
    }
}
