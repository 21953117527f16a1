using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Threads.Metadata;
using Microsoft.EntityFrameworkCore.Threads.Migrations;
using Microsoft.EntityFrameworkCore.Threads.Resources;

namespace Microsoft.EntityFrameworkCore.Migrations;

/// <summary>
/// The SQL of migrations. SQLite alters little of a table: what it cannot is gathered by <see cref="TableRebuilds"/> into one rebuild per table, from the
/// model the migration leads to.
/// </summary>
/// <param name="dependencies">Services of every migrations generator.</param>
public class ThreadsMigrationsSqlGenerator(MigrationsSqlGeneratorDependencies dependencies) : MigrationsSqlGenerator(dependencies)
{
    /// <inheritdoc />
    public override IReadOnlyList<MigrationCommand> Generate(
        IReadOnlyList<MigrationOperation> operations,
        IModel? model = null,
        MigrationsSqlGenerationOptions options = MigrationsSqlGenerationOptions.Default)
    {
        ArgumentNullException.ThrowIfNull(operations);
        Options = options;
        var rebuilds = new TableRebuilds(Dependencies, model);
        var rewritten = rebuilds.Rewrite(operations);
        var withoutKey = rewritten.OfType<CreateTableOperation>().Where(t => t.PrimaryKey is null).Select(t => t.Name).ToList();
        var builder = new MigrationCommandListBuilder(Dependencies);
        var commands = new List<MigrationCommand>();
        var text = Dependencies.TypeMappingSource.GetMapping(typeof(string));
        foreach (var operation in rewritten.Concat(MergeDeclarations.Of(operations, model?.GetRelationalModel(), t => text.GenerateSqlLiteral(t))))
        {
            Generate(operation, model, builder);
            var made = builder.GetCommandList();
            for (var i = commands.Count; i < made.Count; i++)
            {
                commands.Add(Named(KeepLocal(made[i], withoutKey), operation, rebuilds.Describe(operation)));
            }
        }

        return commands;
    }

    /// <inheritdoc />
    protected override void Generate(CreateTableOperation operation, IModel? model, MigrationCommandListBuilder builder, bool terminate = true)
    {
        ArgumentNullException.ThrowIfNull(operation);
        ArgumentNullException.ThrowIfNull(builder);

        // A key of one column is declared with the column: only there an INTEGER is the row's own number and may be AUTOINCREMENT.
        if (operation.PrimaryKey is { Columns: [var name] } key && operation.Columns.Find(c => c.Name == name) is { } column)
        {
            column.AddAnnotation(ThreadsAnnotationNames.InlinePrimaryKey, true);
            if (!string.IsNullOrEmpty(key.Name))
            {
                column.AddAnnotation(ThreadsAnnotationNames.InlinePrimaryKeyName, key.Name);
            }

            operation.PrimaryKey = null;
        }

        builder.Append("CREATE TABLE ").Append(Delimit(operation.Name)).AppendLine(" (");
        using (builder.Indent())
        {
            if (!string.IsNullOrEmpty(operation.Comment))
            {
                builder.AppendLines(Dependencies.SqlGenerationHelper.GenerateComment(operation.Comment)).AppendLine();
            }

            CreateTableColumns(operation, model, builder);
            CreateTableConstraints(operation, model, builder);
            builder.AppendLine();
        }

        builder.Append(")");
        if (!terminate)
        {
            return;
        }

        Terminate(builder);
        foreach (var (index, sql) in operation.Name.StartsWith(TableRebuilds.TemporaryPrefix, StringComparison.Ordinal) ? [] : TableRebuilds.JsonIndexes(operation))
        {
            Terminate(builder.Append(JsonIndex.CreateSql(Delimit(index), sql, Delimit(operation.Name))));
        }
    }

    /// <inheritdoc />
    protected override void CreateTableColumns(CreateTableOperation operation, IModel? model, MigrationCommandListBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(operation);
        ArgumentNullException.ThrowIfNull(builder);
        for (var i = 0; i < operation.Columns.Count; i++)
        {
            var column = operation.Columns[i];

            // SQLite keeps the text of a table as it was written; a comment before a column stays with it.
            if (!string.IsNullOrEmpty(column.Comment))
            {
                if (i > 0)
                {
                    builder.AppendLine();
                }

                builder.AppendLines(Dependencies.SqlGenerationHelper.GenerateComment(column.Comment));
            }

            ColumnDefinition(column, model, builder);
            if (i < operation.Columns.Count - 1)
            {
                builder.AppendLine(",");
            }
        }
    }

    /// <inheritdoc />
    protected override void ColumnDefinition(
        string? schema, string table, string name, ColumnOperation operation, IModel? model, MigrationCommandListBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(operation);
        ArgumentNullException.ThrowIfNull(builder);
        base.ColumnDefinition(schema, table, name, operation, model, builder);
        if (operation[ThreadsAnnotationNames.InlinePrimaryKey] is not true)
        {
            return;
        }

        if (operation[ThreadsAnnotationNames.InlinePrimaryKeyName] is string keyName)
        {
            builder.Append(" CONSTRAINT ").Append(Delimit(keyName));
        }

        builder.Append(" PRIMARY KEY");
        if ((operation[ThreadsAnnotationNames.Autoincrement] ?? operation[ThreadsAnnotationNames.SqliteAutoincrement] ?? operation[ThreadsAnnotationNames.OldAutoincrement]) is true)
        {
            builder.Append(" AUTOINCREMENT");
        }
    }

    /// <inheritdoc />
    protected override void ComputedColumnDefinition(
        string? schema, string table, string name, ColumnOperation operation, IModel? model, MigrationCommandListBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(operation);
        ArgumentNullException.ThrowIfNull(builder);
        builder.Append(Delimit(name)).Append(" AS (").Append(operation.ComputedColumnSql!).Append(")");
        if (operation.IsStored == true)
        {
            builder.Append(" STORED");
        }

        if (operation.Collation is not null)
        {
            builder.Append(" COLLATE ").Append(operation.Collation);
        }
    }

    /// <inheritdoc />
    protected override void Generate(DropIndexOperation operation, IModel? model, MigrationCommandListBuilder builder, bool terminate)
    {
        ArgumentNullException.ThrowIfNull(operation);
        ArgumentNullException.ThrowIfNull(builder);
        builder.Append("DROP INDEX ").Append(Delimit(operation.Name));
        if (terminate)
        {
            Terminate(builder);
        }
    }

    /// <inheritdoc />
    protected override void Generate(RenameTableOperation operation, IModel? model, MigrationCommandListBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(operation);
        ArgumentNullException.ThrowIfNull(builder);
        if (operation.NewName is { } newName && newName != operation.Name)
        {
            Terminate(builder.Append("ALTER TABLE ").Append(Delimit(operation.Name)).Append(" RENAME TO ").Append(Delimit(newName)));
        }
    }

    /// <inheritdoc />
    protected override void Generate(RenameColumnOperation operation, IModel? model, MigrationCommandListBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(operation);
        ArgumentNullException.ThrowIfNull(builder);
        Terminate(builder
            .Append("ALTER TABLE ").Append(Delimit(operation.Table))
            .Append(" RENAME COLUMN ").Append(Delimit(operation.Name))
            .Append(" TO ").Append(Delimit(operation.NewName)));
    }

    /// <summary>SQLite has no schemas: making one is nothing.</summary>
    protected override void Generate(EnsureSchemaOperation operation, IModel? model, MigrationCommandListBuilder builder)
    {
    }

    /// <summary>SQLite has no schemas: dropping one is nothing.</summary>
    protected override void Generate(DropSchemaOperation operation, IModel? model, MigrationCommandListBuilder builder)
    {
    }

    /// <summary>The database has no facets that could change.</summary>
    protected override void Generate(AlterDatabaseOperation operation, IModel? model, MigrationCommandListBuilder builder)
    {
    }

    /// <inheritdoc />
    protected override void Generate(RenameIndexOperation operation, IModel? model, MigrationCommandListBuilder builder) => throw NeedsModel(operation);

    /// <inheritdoc />
    protected override void Generate(AlterColumnOperation operation, IModel? model, MigrationCommandListBuilder builder) => throw NeedsModel(operation);

    /// <inheritdoc />
    protected override void Generate(DropColumnOperation operation, IModel? model, MigrationCommandListBuilder builder, bool terminate = true)
        => throw NeedsModel(operation);

    /// <inheritdoc />
    protected override void Generate(AddForeignKeyOperation operation, IModel? model, MigrationCommandListBuilder builder, bool terminate = true)
        => throw NeedsModel(operation);

    /// <inheritdoc />
    protected override void Generate(DropForeignKeyOperation operation, IModel? model, MigrationCommandListBuilder builder, bool terminate = true)
        => throw NeedsModel(operation);

    /// <inheritdoc />
    protected override void Generate(AddPrimaryKeyOperation operation, IModel? model, MigrationCommandListBuilder builder, bool terminate = true)
        => throw NeedsModel(operation);

    /// <inheritdoc />
    protected override void Generate(DropPrimaryKeyOperation operation, IModel? model, MigrationCommandListBuilder builder, bool terminate = true)
        => throw NeedsModel(operation);

    /// <inheritdoc />
    protected override void Generate(AddUniqueConstraintOperation operation, IModel? model, MigrationCommandListBuilder builder)
        => throw NeedsModel(operation);

    /// <inheritdoc />
    protected override void Generate(DropUniqueConstraintOperation operation, IModel? model, MigrationCommandListBuilder builder)
        => throw NeedsModel(operation);

    /// <inheritdoc />
    protected override void Generate(AddCheckConstraintOperation operation, IModel? model, MigrationCommandListBuilder builder)
        => throw NeedsModel(operation);

    /// <inheritdoc />
    protected override void Generate(DropCheckConstraintOperation operation, IModel? model, MigrationCommandListBuilder builder)
        => throw NeedsModel(operation);

    /// <inheritdoc />
    protected override void Generate(CreateSequenceOperation operation, IModel? model, MigrationCommandListBuilder builder)
        => throw new NotSupportedException(Strings.SequencesNotSupported);

    /// <inheritdoc />
    protected override void Generate(AlterSequenceOperation operation, IModel? model, MigrationCommandListBuilder builder)
        => throw new NotSupportedException(Strings.SequencesNotSupported);

    /// <inheritdoc />
    protected override void Generate(RenameSequenceOperation operation, IModel? model, MigrationCommandListBuilder builder)
        => throw new NotSupportedException(Strings.SequencesNotSupported);

    /// <inheritdoc />
    protected override void Generate(RestartSequenceOperation operation, IModel? model, MigrationCommandListBuilder builder)
        => throw new NotSupportedException(Strings.SequencesNotSupported);

    /// <inheritdoc />
    protected override void Generate(DropSequenceOperation operation, IModel? model, MigrationCommandListBuilder builder)
        => throw new NotSupportedException(Strings.SequencesNotSupported);

    private MigrationCommand KeepLocal(MigrationCommand command, List<string> tables)
        => tables.Find(t => command.CommandText.StartsWith($"CREATE TABLE {Delimit(t)} (", StringComparison.Ordinal)) is { } table
            ? new LocalTableCommand(
                Build(command), command, Dependencies.CurrentContext.Context, table)
            : command;

    private OperationCommand Named(MigrationCommand command, MigrationOperation operation, string description)
        => new(command, Build(command), Dependencies.CurrentContext.Context, operation, description);

    private IRelationalCommand Build(MigrationCommand command) => Dependencies.CommandBuilderFactory.Create().Append(command.CommandText).Build();

    private static NotSupportedException NeedsModel(MigrationOperation operation) => new(Strings.InvalidMigrationOperation(operation.GetType().Name));

    private string Delimit(string name) => Dependencies.SqlGenerationHelper.DelimitIdentifier(name);

    private void Terminate(MigrationCommandListBuilder builder) => builder.AppendLine(Dependencies.SqlGenerationHelper.StatementTerminator).EndCommand();
}
