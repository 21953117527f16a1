using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Microsoft.EntityFrameworkCore.Threads.Metadata;

namespace Microsoft.EntityFrameworkCore.Threads.Migrations;

/// <summary>What a migration says of how columns merge, as statements that come last, when every table and column has its last name.</summary>
internal sealed class MergeDeclarations
{
    private readonly List<(string Table, string Column, string? Kind)> _declared = [];
    private readonly HashSet<string> _local = new(StringComparer.Ordinal);

    /// <summary>The statements of these operations, in their order.</summary>
    public static IEnumerable<SqlOperation> Of(IReadOnlyList<MigrationOperation> operations, IRelationalModel? model, Func<string, string> literal)
    {
        var declarations = new MergeDeclarations();
        foreach (var operation in operations)
        {
            declarations.Take(operation);
        }

        return declarations._declared
            .Where(d => !declarations._local.Contains(d.Table) && model?.FindTable(d.Table, null) is not { PrimaryKey: null })
            .Select(d => new SqlOperation { Sql = $"SELECT threads_merge({literal(d.Table)}, {literal(d.Column)}, {(d.Kind is null ? "NULL" : literal(d.Kind))});" });
    }

    /// <summary>Whether an operation changes nothing but how the column merges, which needs no other table.</summary>
    public static bool IsAll(AlterColumnOperation alter)
    {
        var old = alter.OldColumn;
        return alter[ThreadsAnnotationNames.Merge] as string != old[ThreadsAnnotationNames.Merge] as string
            && alter.ClrType == old.ClrType && alter.ColumnType == old.ColumnType && alter.IsNullable == old.IsNullable && Equals(alter.DefaultValue, old.DefaultValue)
            && alter.DefaultValueSql == old.DefaultValueSql && alter.ComputedColumnSql == old.ComputedColumnSql && alter.IsStored == old.IsStored && alter.Comment == old.Comment
            && alter.Collation == old.Collation && alter.MaxLength == old.MaxLength && alter.IsUnicode == old.IsUnicode && alter.IsFixedLength == old.IsFixedLength
            && alter.IsRowVersion == old.IsRowVersion && alter.Precision == old.Precision && alter.Scale == old.Scale
            && Others(alter).SequenceEqual(Others(old));
    }

    private static IEnumerable<(string, object?)> Others(ColumnOperation column)
        => column.GetAnnotations().Where(a => a.Name != ThreadsAnnotationNames.Merge).OrderBy(a => a.Name, StringComparer.Ordinal).Select(a => (a.Name, a.Value));

    private void Take(MigrationOperation operation)
    {
        switch (operation)
        {
            case CreateTableOperation create:
                if (create.PrimaryKey is null)
                {
                    _local.Add(create.Name);
                }

                foreach (var column in create.Columns)
                {
                    Declare(create.Name, column.Name, column[ThreadsAnnotationNames.Merge] as string, null);
                }

                break;
            case AddColumnOperation add:
                Declare(add.Table, add.Name, add[ThreadsAnnotationNames.Merge] as string, null);
                break;
            case AlterColumnOperation alter:
                Declare(alter.Table, alter.Name, alter[ThreadsAnnotationNames.Merge] as string, alter.OldColumn[ThreadsAnnotationNames.Merge] as string);
                break;
            case RenameColumnOperation rename:
                Replace(d => d.Table == rename.Table && d.Column == rename.Name, d => (d.Table, rename.NewName, d.Kind));
                break;
            case RenameTableOperation { NewName: { } name } rename:
                Replace(d => d.Table == rename.Name, d => (name, d.Column, d.Kind));
                break;
            case DropColumnOperation drop:
                _declared.RemoveAll(d => d.Table == drop.Table && d.Column == drop.Name);
                break;
            case DropTableOperation drop:
                _declared.RemoveAll(d => d.Table == drop.Name);
                break;
        }
    }

    private void Declare(string table, string column, string? kind, string? old)
    {
        if (kind != old)
        {
            _declared.Add((table, column, kind));
        }
    }

    private void Replace(Predicate<(string Table, string Column, string? Kind)> which, Func<(string Table, string Column, string? Kind), (string, string, string?)> by)
    {
        for (var i = 0; i < _declared.Count; i++)
        {
            _declared[i] = which(_declared[i]) ? by(_declared[i]) : _declared[i];
        }
    }
}
