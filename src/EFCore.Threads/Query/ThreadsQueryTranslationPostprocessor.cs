using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using Microsoft.EntityFrameworkCore.Threads.Resources;

namespace Microsoft.EntityFrameworkCore.Threads.Query;

/// <summary>The last look at a translated query: types of parameter collections, and a plain refusal of APPLY, which SQLite does not have.</summary>
internal sealed class ThreadsQueryTranslationPostprocessor(
    QueryTranslationPostprocessorDependencies dependencies,
    RelationalQueryTranslationPostprocessorDependencies relationalDependencies,
    RelationalQueryCompilationContext context)
    : RelationalQueryTranslationPostprocessor(dependencies, relationalDependencies, context)
{
    public override Expression Process(Expression query)
    {
        var result = base.Process(query);
        new ApplyRefusal().Visit(result);
        return result;
    }

    protected override Expression ProcessTypeMappings(Expression expression)
        => new ThreadsTypeMappingPostprocessor(Dependencies, RelationalDependencies, RelationalQueryCompilationContext).Process(expression);

    private sealed class ApplyRefusal : ExpressionVisitor
    {
        protected override Expression VisitExtension(Expression node)
        {
            if (node is ShapedQueryExpression shaped)
            {
                Visit(shaped.QueryExpression);
                Visit(shaped.ShaperExpression);
                return node;
            }

            return node is SelectExpression select && select.Tables.Any(t => t is CrossApplyExpression or OuterApplyExpression)
                ? throw new InvalidOperationException(Strings.ApplyNotSupported)
                : base.VisitExtension(node);
        }
    }
}

/// <summary>Makes the postprocessor for one query.</summary>
internal sealed class ThreadsQueryTranslationPostprocessorFactory(
    QueryTranslationPostprocessorDependencies dependencies, RelationalQueryTranslationPostprocessorDependencies relationalDependencies)
    : IQueryTranslationPostprocessorFactory
{
    public QueryTranslationPostprocessor Create(QueryCompilationContext queryCompilationContext)
        => new ThreadsQueryTranslationPostprocessor(
            dependencies, relationalDependencies, (RelationalQueryCompilationContext)queryCompilationContext);
}
