using System.Linq.Expressions;
using System.Text;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Threads.Query;
using Microsoft.EntityFrameworkCore.Threads.Resources;

namespace Microsoft.EntityFrameworkCore.Threads.Metadata;

/// <summary>
/// An index over members of JSON columns. On the entity type it is an annotation, its members by their paths; on the table, for migrations, another one: the rest
/// of the SQL that creates it.
/// </summary>
internal sealed record JsonIndex(string Name, IReadOnlyList<string> Members, bool IsUnique)
{
    private const string Unique = "unique ";

    public string ToAnnotation() => (IsUnique ? Unique : "") + string.Join(" ", Members);

    public static IEnumerable<JsonIndex> Of(IReadOnlyEntityType type)
        => type.GetAnnotations().Where(a => a.Name.StartsWith(ThreadsAnnotationNames.JsonIndex, StringComparison.Ordinal)).Select(a =>
        {
            var text = (string)a.Value!;
            var isUnique = text.StartsWith(Unique, StringComparison.Ordinal);
            return new JsonIndex(a.Name[ThreadsAnnotationNames.JsonIndex.Length..], (isUnique ? text[Unique.Length..] : text).Split(' '), isUnique);
        });

    /// <summary>The table's annotation: <c>UNIQUE (json_extract("Body", '$.Age'))</c>.</summary>
    public string TableAnnotation(IReadOnlyEntityType type)
        => $"{(IsUnique ? "UNIQUE " : "")}({string.Join(", ", Members.Select(m => Expression(type, m)))})";

    /// <summary>The statement, of what <see cref="TableAnnotation"/> gave.</summary>
    public static string CreateSql(string name, string annotation, string table)
    {
        var isUnique = annotation.StartsWith("UNIQUE ", StringComparison.Ordinal);
        return $"CREATE {(isUnique ? "UNIQUE " : "")}INDEX {name} ON {table} {(isUnique ? annotation[7..] : annotation)}";
    }

    /// <summary>The members an expression names: one, or those of an anonymous object.</summary>
    public static IEnumerable<string> Paths(LambdaExpression members)
    {
        var body = Plain(members.Body);
        return (body is NewExpression many ? many.Arguments.AsEnumerable() : [body]).Select(Path);

        string Path(Expression expression)
        {
            var names = new Stack<string>();
            for (expression = Plain(expression); expression is MemberExpression member; expression = Plain(member.Expression!))
            {
                names.Push(member.Member.Name);
            }

            return expression == members.Parameters[0] && names.Count > 0
                ? string.Join('.', names) : throw new ArgumentException(CoreStrings.InvalidMembersExpression(members), nameof(members));
        }

        static Expression Plain(Expression expression)
            => expression is UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked } convert ? Plain(convert.Operand) : expression;
    }

    private static string Expression(IReadOnlyEntityType type, string member)
    {
        IReadOnlyTypeBase at = type;
        string? column = null;
        var path = new StringBuilder("$");
        var names = member.Split('.');
        foreach (var name in names[..^1])
        {
            var next = at.FindComplexProperty(name) is { IsCollection: false } complex ? complex.ComplexType
                : at is IReadOnlyEntityType entity && entity.FindNavigation(name) is { IsCollection: false } navigation ? (IReadOnlyTypeBase)navigation.TargetEntityType : null;
            if (next is null || !next.IsMappedToJson())
            {
                throw Refused(type, member);
            }

            if (column is null)
            {
                column = next.GetContainerColumnName();
            }
            else
            {
                SqlExpressionFactoryExtensions.AppendMember(path, (next as IReadOnlyEntityType)?.GetJsonPropertyName() ?? (next as IReadOnlyComplexType)?.GetJsonPropertyName() ?? name);
            }

            at = next;
        }

        if (column is null || at.FindProperty(names[^1]) is not { } property || property.GetElementType() is not null || property.ClrType == typeof(byte[]))
        {
            throw Refused(type, member);
        }

        // As queries write paths: an index is used only where the texts agree.
        SqlExpressionFactoryExtensions.AppendMember(path, property.GetJsonPropertyName() ?? property.Name);
        return $"json_extract(\"{column.Replace("\"", "\"\"", StringComparison.Ordinal)}\", '{path.Replace("'", "''")}')";
    }

    private static InvalidOperationException Refused(IReadOnlyEntityType type, string member) => new(Strings.JsonIndexMember(member, type.DisplayName()));
}
