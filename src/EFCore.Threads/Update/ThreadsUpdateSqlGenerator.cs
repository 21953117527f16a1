using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Threads.Resources;
using Microsoft.EntityFrameworkCore.Update;

namespace Microsoft.EntityFrameworkCore.Threads.Update;

/// <summary>
/// INSERT, UPDATE and DELETE with RETURNING; for tables that may not use it (virtual tables, and tables told so by <c>UseSqlReturningClause(false)</c>)
/// a SELECT follows instead.
/// </summary>
internal sealed class ThreadsUpdateSqlGenerator(UpdateSqlGeneratorDependencies dependencies) : UpdateAndSelectSqlGenerator(dependencies)
{
    public override ResultSetMapping AppendInsertOperation(
        StringBuilder commandStringBuilder, IReadOnlyModificationCommand command, int commandPosition, out bool requiresTransaction)
        => UsesReturning(command)
            ? AppendInsertReturningOperation(commandStringBuilder, command, commandPosition, out requiresTransaction)
            : AppendInsertAndSelectOperation(commandStringBuilder, command, commandPosition, out requiresTransaction);

    public override ResultSetMapping AppendUpdateOperation(
        StringBuilder commandStringBuilder, IReadOnlyModificationCommand command, int commandPosition, out bool requiresTransaction)
        => UsesReturning(command)
            ? AppendUpdateReturningOperation(commandStringBuilder, command, commandPosition, out requiresTransaction)
            : AppendUpdateAndSelectOperation(commandStringBuilder, command, commandPosition, out requiresTransaction);

    public override ResultSetMapping AppendDeleteOperation(
        StringBuilder commandStringBuilder, IReadOnlyModificationCommand command, int commandPosition, out bool requiresTransaction)
        => UsesReturning(command)
            ? AppendDeleteReturningOperation(commandStringBuilder, command, commandPosition, out requiresTransaction)
            : AppendDeleteAndSelectOperation(commandStringBuilder, command, commandPosition, out requiresTransaction);

    public override string GenerateNextSequenceValueOperation(string name, string? schema)
        => throw new NotSupportedException(Strings.SequencesNotSupported);

    /// <summary>Adds the values of <see cref="DatabaseMade"/> to those that are sent.</summary>
    protected override void AppendInsertCommand(
        StringBuilder commandStringBuilder,
        string name,
        string? schema,
        IReadOnlyList<IColumnModification> writeOperations,
        IReadOnlyList<IColumnModification> readOperations)
    {
        var made = readOperations.Where(o => DatabaseMade.OnInsert(o) is not null).ToList();
        if (made.Count == 0)
        {
            base.AppendInsertCommand(commandStringBuilder, name, schema, writeOperations, readOperations);
            return;
        }

        AppendInsertCommandHeader(commandStringBuilder, name, schema, [.. made, .. writeOperations]);
        commandStringBuilder.AppendLine().Append("VALUES (").AppendJoin(", ", made.Select(DatabaseMade.OnInsert));
        foreach (var operation in writeOperations)
        {
            commandStringBuilder.Append(", ");
            if (operation.UseCurrentValueParameter)
            {
                SqlGenerationHelper.GenerateParameterNamePlaceholder(commandStringBuilder, operation.ParameterName!);
            }
            else
            {
                AppendSqlLiteral(commandStringBuilder, operation, name, schema);
            }
        }

        commandStringBuilder.Append(')');
        AppendReturningClause(commandStringBuilder, readOperations);
        commandStringBuilder.AppendLine(SqlGenerationHelper.StatementTerminator);
    }

    /// <inheritdoc cref="AppendInsertCommand"/>
    protected override void AppendUpdateCommand(
        StringBuilder commandStringBuilder,
        string name,
        string? schema,
        IReadOnlyList<IColumnModification> writeOperations,
        IReadOnlyList<IColumnModification> readOperations,
        IReadOnlyList<IColumnModification> conditionOperations,
        bool appendReturningOneClause = false)
    {
        var made = readOperations
            .Select(o => (Column: SqlGenerationHelper.DelimitIdentifier(o.ColumnName), Operation: o))
            .Select(o => (o.Column, Value: DatabaseMade.OnUpdate(o.Operation, o.Column)))
            .Where(o => o.Value is not null)
            .ToList();
        if (made.Count == 0)
        {
            base.AppendUpdateCommand(
                commandStringBuilder, name, schema, writeOperations, readOperations, conditionOperations, appendReturningOneClause);
            return;
        }

        AppendUpdateCommandHeader(commandStringBuilder, name, schema, writeOperations);
        commandStringBuilder.Append(writeOperations.Count > 0 ? ", " : "").AppendJoin(", ", made.Select(o => $"{o.Column} = {o.Value}"));
        AppendWhereClause(commandStringBuilder, conditionOperations);
        AppendReturningClause(commandStringBuilder, readOperations, appendReturningOneClause ? "1" : null);
        commandStringBuilder.AppendLine(SqlGenerationHelper.StatementTerminator);
    }

    protected override void AppendIdentityWhereCondition(StringBuilder commandStringBuilder, IColumnModification columnModification)
        => commandStringBuilder.Append("\"rowid\" = last_insert_rowid()");

    protected override void AppendRowsAffectedWhereCondition(StringBuilder commandStringBuilder, int expectedRowsAffected)
        => commandStringBuilder.Append("changes() = ").Append(expectedRowsAffected.ToString(CultureInfo.InvariantCulture));

    protected override ResultSetMapping AppendSelectAffectedCountCommand(StringBuilder commandStringBuilder, string name, string? schema, int commandPosition)
    {
        commandStringBuilder.Append("SELECT changes()").AppendLine(SqlGenerationHelper.StatementTerminator).AppendLine();
        return ResultSetMapping.LastInResultSet | ResultSetMapping.ResultSetWithRowsAffectedOnly;
    }

    /// <summary>A member of a document is set in place: <c>json_set(column, path, value)</c>.</summary>
    protected override void AppendUpdateColumnValue(
        ISqlGenerationHelper updateSqlGeneratorHelper, IColumnModification columnModification, StringBuilder stringBuilder, string name, string? schema)
    {
        if (columnModification.JsonPath is null or "$")
        {
            base.AppendUpdateColumnValue(updateSqlGeneratorHelper, columnModification, stringBuilder, name, schema);
            return;
        }

        // Documents and the words true and false are marked as JSON; anything else is a value of SQLite's own.
        var asJson = columnModification.Property is not { IsPrimitiveCollection: false } property || ThreadsModificationCommand.IsBoolean(property);
        stringBuilder.Append("json_set(");
        updateSqlGeneratorHelper.DelimitIdentifier(stringBuilder, columnModification.ColumnName);
        stringBuilder.Append(", '").Append(columnModification.JsonPath).Append(asJson ? "', json(" : "', ");
        base.AppendUpdateColumnValue(updateSqlGeneratorHelper, columnModification, stringBuilder, name, schema);
        stringBuilder.Append(asJson ? "))" : ")");
    }

    private static bool UsesReturning(IReadOnlyModificationCommand command) => command.Table?.IsSqlReturningClauseUsed() == true;
}
