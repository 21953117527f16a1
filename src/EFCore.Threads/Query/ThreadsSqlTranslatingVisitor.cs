using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using Microsoft.EntityFrameworkCore.Storage;

namespace Microsoft.EntityFrameworkCore.Threads.Query;

/// <summary>Scalar expressions: operators on the types SQLite does not have, and prefix and suffix searches.</summary>
internal sealed class ThreadsSqlTranslatingVisitor(
    RelationalSqlTranslatingExpressionVisitorDependencies dependencies,
    QueryCompilationContext context,
    QueryableMethodTranslatingExpressionVisitor queryable)
    : RelationalSqlTranslatingExpressionVisitor(dependencies, context, queryable)
{
    private readonly QueryCompilationContext context = context;
    private readonly ISqlExpressionFactory sql = dependencies.SqlExpressionFactory;
    private readonly ValueArithmetic arithmetic = new(dependencies.SqlExpressionFactory, dependencies.TypeMappingSource);

    protected override Expression VisitUnary(UnaryExpression unaryExpression)
    {
        if (unaryExpression.NodeType == ExpressionType.ArrayLength && unaryExpression.Operand.Type == typeof(byte[]))
        {
            return Visit(unaryExpression.Operand) is SqlExpression bytes
                ? sql.Call("length", typeof(int), bytes)
                : QueryCompilationContext.NotTranslatedExpression;
        }

        var translated = base.VisitUnary(unaryExpression);
        return translated is SqlUnaryExpression { OperatorType: ExpressionType.Negate } negation ? arithmetic.Negate(negation) : translated;
    }

    protected override Expression VisitBinary(BinaryExpression binaryExpression)
    {
        if (binaryExpression.NodeType == ExpressionType.ArrayIndex && binaryExpression.Left.Type == typeof(byte[]))
        {
            return Visit(binaryExpression.Left) is SqlExpression bytes && Visit(binaryExpression.Right) is SqlExpression index
                ? sql.CallOpaque("ef_byte_at", typeof(byte), null, bytes, sql.ApplyDefaultTypeMapping(index))
                : QueryCompilationContext.NotTranslatedExpression;
        }

        if (binaryExpression.NodeType is ExpressionType.LeftShift or ExpressionType.RightShift)
        {
            return Visit(binaryExpression.Left) is SqlExpression value && Visit(binaryExpression.Right) is SqlExpression count
                ? arithmetic.Shift(binaryExpression.NodeType == ExpressionType.LeftShift, value, count)
                : QueryCompilationContext.NotTranslatedExpression;
        }

        // The base class gives both sides one type: it knows no sum of a moment and a span, and no half of a span.
        if ((binaryExpression.NodeType is ExpressionType.Add or ExpressionType.Subtract
                && ValueArithmetic.IsTemporal(binaryExpression.Left.Type)
                && ValueArithmetic.IsTemporal(binaryExpression.Right.Type))
            || (binaryExpression.NodeType is ExpressionType.Multiply or ExpressionType.Divide && ValueArithmetic.IsTemporal(binaryExpression.Left.Type)))
        {
            return Visit(binaryExpression.Left) is SqlExpression left && Visit(binaryExpression.Right) is SqlExpression right
                && arithmetic.Temporal(binaryExpression.NodeType, left, right, binaryExpression.Type) is { } sum
                ? sum
                : QueryCompilationContext.NotTranslatedExpression;
        }

        var translated = base.VisitBinary(binaryExpression);
        return translated is SqlBinaryExpression binary
            ? arithmetic.Rewrite(binary) ?? QueryCompilationContext.NotTranslatedExpression
            : translated;
    }

    protected override Expression VisitMethodCall(MethodCallExpression methodCallExpression)
    {
        var method = methodCallExpression.Method;
        if (method.DeclaringType == typeof(string)
            && method.Name is nameof(string.StartsWith) or nameof(string.EndsWith)
            && methodCallExpression is { Object: { } instance, Arguments: [var pattern] }
            && (pattern.Type == typeof(string) || pattern.Type == typeof(char))
            && Visit(instance) is SqlExpression text
            && Visit(pattern) is SqlExpression part)
        {
            return StartsOrEndsWith(text, part, method.Name == nameof(string.StartsWith));
        }

        // Parts written out one by one; a column of parts is an aggregate's business.
        if (method.DeclaringType == typeof(string)
            && method.Name == nameof(string.Join)
            && methodCallExpression.Arguments is [var separator, NewArrayExpression { NodeType: ExpressionType.NewArrayInit } parts]
            && parts.Type == typeof(string[]))
        {
            return Join(separator, parts.Expressions);
        }

        return base.VisitMethodCall(methodCallExpression);
    }

    public override SqlExpression GenerateGreatest(IReadOnlyList<SqlExpression> expressions, Type resultType)
        => arithmetic.Extreme("max", expressions, resultType);

    public override SqlExpression GenerateLeast(IReadOnlyList<SqlExpression> expressions, Type resultType)
        => arithmetic.Extreme("min", expressions, resultType);

    private Expression Join(Expression separator, IReadOnlyList<Expression> parts)
    {
        if (Visit(separator) is not SqlExpression between)
        {
            return QueryCompilationContext.NotTranslatedExpression;
        }

        // Nothing stands for a missing part.
        var empty = sql.Constant(string.Empty, typeof(string));
        between = sql.Coalesce(sql.ApplyDefaultTypeMapping(between), empty);
        SqlExpression? joined = null;
        foreach (var part in parts)
        {
            if (Visit(part) is not SqlExpression text)
            {
                return QueryCompilationContext.NotTranslatedExpression;
            }

            text = sql.Coalesce(sql.ApplyDefaultTypeMapping(text), empty);
            joined = joined is null ? text : sql.Add(sql.Add(joined, between), text);
        }

        return joined ?? empty;
    }

    private SqlExpression StartsOrEndsWith(SqlExpression text, SqlExpression part, bool starts)
    {
        var mapping = text.TypeMapping ?? (part.Type == typeof(string) ? part.TypeMapping : null) ?? Dependencies.TypeMappingSource.FindMapping(typeof(string))!;
        text = sql.ApplyTypeMapping(text, mapping);
        part = sql.ApplyTypeMapping(part, mapping);
        switch (part)
        {
            case SqlConstantExpression { Value: null }:
                return sql.Like(text, sql.Constant(null, typeof(string), mapping));

            case SqlConstantExpression { Value: { } value }:
                var literal = value.ToString()!;
                var constant = sql.Constant(LikePattern.Build(literal, starts));
                return LikePattern.NeedsEscape(literal) ? sql.Like(text, constant, sql.Constant(LikePattern.Escape)) : sql.Like(text, constant);

            // The pattern of a parameter is made from its value when the query runs.
            case SqlParameterExpression parameter:
                var build = Expression.Lambda(
                    Expression.Call(
                        LikePattern.FromParameterMethod,
                        QueryCompilationContext.QueryContextParameter,
                        Expression.Constant(parameter.Name),
                        Expression.Constant(starts)),
                    QueryCompilationContext.QueryContextParameter);
                var runtime = context.RegisterRuntimeParameter(parameter.Name + (starts ? "_startswith" : "_endswith"), build);
                return sql.Like(
                    text, new SqlParameterExpression(runtime.Name!, runtime.Type, mapping), sql.Constant(LikePattern.Escape));

            // A column may hold wildcards that nobody escaped: compare the piece itself. Every text starts and ends with the empty one,
            // and a missing text with nothing, not even with a missing one.
            default:
                var length = sql.Call("length", typeof(int), part);
                var piece = starts
                    ? sql.Function("substr", [text, sql.Constant(1), length], true, [true, false, false], typeof(string), mapping)
                    : sql.Call("substr", typeof(string), mapping, text, sql.Negate(length));
                return sql.AndAlso(
                    sql.IsNotNull(text),
                    sql.AndAlso(sql.IsNotNull(part), sql.OrElse(sql.Equal(piece, part), sql.Equal(part, sql.Constant(string.Empty)))));
        }
    }
}

/// <summary>Makes the visitor for one query.</summary>
internal sealed class ThreadsSqlTranslatingVisitorFactory(RelationalSqlTranslatingExpressionVisitorDependencies dependencies)
    : IRelationalSqlTranslatingExpressionVisitorFactory
{
    public RelationalSqlTranslatingExpressionVisitor Create(
        QueryCompilationContext queryCompilationContext, QueryableMethodTranslatingExpressionVisitor queryableMethodTranslatingExpressionVisitor)
        => new ThreadsSqlTranslatingVisitor(dependencies, queryCompilationContext, queryableMethodTranslatingExpressionVisitor);
}
