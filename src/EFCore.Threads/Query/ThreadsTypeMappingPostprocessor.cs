using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using Microsoft.EntityFrameworkCore.Storage;

namespace Microsoft.EntityFrameworkCore.Threads.Query;

/// <summary>
/// A collection parameter gets its element type from what it is compared with. Here that type reaches the parameter of <c>json_each</c>, and bytes
/// coming out of it are turned back from their hexadecimal text.
/// </summary>
internal sealed class ThreadsTypeMappingPostprocessor(
    QueryTranslationPostprocessorDependencies dependencies,
    RelationalQueryTranslationPostprocessorDependencies relationalDependencies,
    RelationalQueryCompilationContext context)
    : RelationalTypeMappingPostprocessor(dependencies, relationalDependencies, context)
{
    private readonly IModel model = context.Model;
    private readonly IRelationalTypeMappingSource types = relationalDependencies.TypeMappingSource;
    private readonly ISqlExpressionFactory sql = relationalDependencies.SqlExpressionFactory;
    private Dictionary<string, RelationalTypeMapping> inferred = [];

    protected override Expression VisitExtension(Expression expression)
    {
        switch (expression)
        {
            case TableValuedFunctionExpression { Name: ThreadsQueryableMethodTranslatingVisitor.JsonEach, IsBuiltIn: true, Arguments: [SqlParameterExpression parameter] } each
                when TryGetInferredTypeMapping(each.Alias, ThreadsQueryableMethodTranslatingVisitor.JsonEachValue, out var elementMapping):
                return each.Update([parameter.ApplyTypeMapping(types.FindMapping(parameter.Type, model, elementMapping))]);

            // The columns of a json_each are met inside the SELECT that has it among its tables.
            case SelectExpression select:
                var outer = inferred;
                foreach (var table in select.Tables)
                {
                    var source = table is JoinExpressionBase join ? join.Table : table;
                    if (source is TableValuedFunctionExpression { Name: ThreadsQueryableMethodTranslatingVisitor.JsonEach, IsBuiltIn: true } each
                        && TryGetInferredTypeMapping(each.Alias, ThreadsQueryableMethodTranslatingVisitor.JsonEachValue, out var mapping))
                    {
                        inferred = new(inferred) { [each.Alias] = mapping };
                    }
                }

                var visited = base.VisitExtension(expression);
                inferred = outer;
                return visited;

            case ColumnExpression { Name: ThreadsQueryableMethodTranslatingVisitor.JsonEachValue } column when inferred.TryGetValue(column.TableAlias, out var mapping):
                var typed = column.ApplyTypeMapping(mapping);
                return mapping is ByteArrayTypeMapping ? sql.Call("unhex", typeof(byte[]), mapping, typed) : typed;

            default:
                return base.VisitExtension(expression);
        }
    }
}
