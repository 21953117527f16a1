using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace Microsoft.EntityFrameworkCore.Threads.Query;

/// <summary>Null semantics: a sum over nothing is zero, as in LINQ, and a <c>json_each</c> over a parameter is a collection EF may look into.</summary>
#pragma warning disable EF1001 // the collection hooks of SqlNullabilityProcessor are meant for providers
internal sealed class ThreadsSqlNullabilityProcessor(
    RelationalParameterBasedSqlProcessorDependencies dependencies, RelationalParameterBasedSqlProcessorParameters parameters)
    : SqlNullabilityProcessor(dependencies, parameters)
{
    protected override SqlExpression VisitSqlFunction(SqlFunctionExpression sqlFunctionExpression, bool allowOptimizedExpansion, out bool nullable)
    {
        var result = base.VisitSqlFunction(sqlFunctionExpression, allowOptimizedExpansion, out nullable);
        if (result is not SqlFunctionExpression { IsBuiltIn: true, Name: "ef_sum" } sum)
        {
            return result;
        }

        nullable = false;
        var sql = Dependencies.SqlExpressionFactory;
        return sql.Coalesce(sum, sql.Constant(0m, sum.TypeMapping), sum.TypeMapping);
    }

    protected override bool IsCollectionTable(TableExpressionBase table, [NotNullWhen(true)] out Expression? collection)
    {
        if (table is TableValuedFunctionExpression
            {
                Name: ThreadsQueryableMethodTranslatingVisitor.JsonEach, Schema: null, IsBuiltIn: true, Arguments: [var argument],
            })
        {
            collection = argument;
            return true;
        }

        return base.IsCollectionTable(table, out collection);
    }

    protected override TableExpressionBase UpdateParameterCollection(TableExpressionBase table, SqlParameterExpression newCollectionParameter)
        => table is TableValuedFunctionExpression { Arguments: [SqlParameterExpression] } each
            ? each.Update([newCollectionParameter])
            : base.UpdateParameterCollection(table, newCollectionParameter);
}
#pragma warning restore EF1001

/// <summary>Applies <see cref="ThreadsSqlNullabilityProcessor"/> when the values of a query's parameters are known.</summary>
internal sealed class ThreadsParameterBasedSqlProcessor(
    RelationalParameterBasedSqlProcessorDependencies dependencies, RelationalParameterBasedSqlProcessorParameters parameters)
    : RelationalParameterBasedSqlProcessor(dependencies, parameters)
{
    protected override Expression ProcessSqlNullability(Expression queryExpression, ParametersCacheDecorator parametersDecorator)
        => new ThreadsSqlNullabilityProcessor(Dependencies, Parameters).Process(queryExpression, parametersDecorator);
}

/// <summary>Makes the processor for one query.</summary>
internal sealed class ThreadsParameterBasedSqlProcessorFactory(RelationalParameterBasedSqlProcessorDependencies dependencies)
    : IRelationalParameterBasedSqlProcessorFactory
{
    public RelationalParameterBasedSqlProcessor Create(RelationalParameterBasedSqlProcessorParameters parameters)
        => new ThreadsParameterBasedSqlProcessor(dependencies, parameters);
}
