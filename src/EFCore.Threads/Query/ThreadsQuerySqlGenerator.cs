using System.Linq.Expressions;
using System.Text;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Threads.Storage;

namespace Microsoft.EntityFrameworkCore.Threads.Query;

/// <summary>
/// Writes SQL for any SQLite from 3.35 on: paths into JSON by <c>json_extract</c> (the operators came with 3.38) and right joins turned around
/// (they came with 3.39).
/// </summary>
internal sealed class ThreadsQuerySqlGenerator(QuerySqlGeneratorDependencies dependencies) : QuerySqlGenerator(dependencies)
{
    protected override string GetOperator(SqlBinaryExpression binaryExpression)
        => binaryExpression.OperatorType == ExpressionType.Add && binaryExpression.Type == typeof(string)
            ? " || "
            : base.GetOperator(binaryExpression);

    protected override void GenerateLimitOffset(SelectExpression selectExpression)
    {
        if (selectExpression is { Limit: null, Offset: null })
        {
            return;
        }

        Sql.AppendLine().Append("LIMIT ");
        if (selectExpression.Limit is null)
        {
            Sql.Append("-1");
        }
        else
        {
            Visit(selectExpression.Limit);
        }

        if (selectExpression.Offset is not null)
        {
            Sql.Append(" OFFSET ");
            Visit(selectExpression.Offset);
        }
    }

    /// <summary>
    /// What stands before a right join becomes the optional side of a left join: <c>A JOIN B RIGHT JOIN C</c> is <c>C LEFT JOIN (A JOIN B)</c>.
    /// </summary>
    protected override void GenerateFrom(SelectExpression selectExpression)
    {
        var last = selectExpression.Tables.Count - 1;
        while (last >= 0 && selectExpression.Tables[last] is not RightJoinExpression)
        {
            last--;
        }

        if (last < 0)
        {
            base.GenerateFrom(selectExpression);
            return;
        }

        Sql.AppendLine().Append("FROM ");
        GenerateTables(selectExpression.Tables, selectExpression.Tables.Count);
    }

    private void GenerateTables(IReadOnlyList<TableExpressionBase> tables, int count)
    {
        var right = count - 1;
        while (right >= 0 && tables[right] is not RightJoinExpression)
        {
            right--;
        }

        if (right >= 0)
        {
            var join = (RightJoinExpression)tables[right];
            Visit(join.Table);
            Sql.AppendLine().Append("LEFT JOIN ");
            Sql.Append(right > 1 ? "(" : "");
            GenerateTables(tables, right);
            Sql.Append(right > 1 ? ")" : "").Append(" ON ");
            Visit(join.JoinPredicate);
        }

        for (var i = right + 1; i < count; i++)
        {
            if (i > 0)
            {
                Sql.AppendLine();
            }

            Visit(tables[i]);
        }
    }

    /// <summary>SQLite has no parentheses around the sides of a set operation and reads from left to right; a nested one becomes a subquery.</summary>
    protected override void GenerateSetOperationOperand(SetOperationBase setOperation, SelectExpression operand)
    {
        var nested = operand.Tables is [SetOperationBase inner] && IsBare(operand, inner)
            && (inner is ExceptExpression || inner.GetType() != setOperation.GetType() || inner.IsDistinct != setOperation.IsDistinct);
        if (!nested && operand.Tables is not [ValuesExpression { RowValues.Count: > 1 }])
        {
            Visit(operand);
            return;
        }

        Sql.AppendLine("SELECT * FROM (");
        using (Sql.Indent())
        {
            Visit(operand);
        }

        Sql.AppendLine().Append(")");
    }

    private static bool IsBare(SelectExpression select, SetOperationBase inner)
        => select is { Predicate: null, Orderings: [], Offset: null, Limit: null, IsDistinct: false, Having: null, GroupBy: [] }
            && select.Projection.Count == inner.Source1.Projection.Count
            && select.Projection.Zip(inner.Source1.Projection).All(pair =>
                pair.First.Expression is ColumnExpression column && column.TableAlias == inner.Alias && column.Name == pair.Second.Alias);

    protected override Expression VisitJsonScalar(JsonScalarExpression jsonScalarExpression)
    {
        if (jsonScalarExpression.Path.Count == 0)
        {
            Visit(jsonScalarExpression.Json);
            return jsonScalarExpression;
        }

        // Bytes are hexadecimal text inside JSON; whoever compares or reads the value expects them as a BLOB.
        var bytes = jsonScalarExpression.TypeMapping is ByteArrayTypeMapping;
        Sql.Append(bytes ? "unhex(json_extract(" : "json_extract(");
        Visit(jsonScalarExpression.Json);
        Sql.Append(", ");
        GeneratePath(jsonScalarExpression.Path);
        Sql.Append(bytes ? "))" : ")");
        return jsonScalarExpression;
    }

    // As one constant where it can be, joined with || around the indexes that only SQL knows.
    private void GeneratePath(IReadOnlyList<PathSegment> path)
    {
        var text = new StringBuilder("$");
        foreach (var segment in path)
        {
            if (SqlExpressionFactoryExtensions.TryAppend(text, segment))
            {
                continue;
            }

            Sql.Append("'").Append(text.Append('[').Replace("'", "''").ToString()).Append("' || (");
            Visit(segment.ArrayIndex);
            Sql.Append(") || ");
            text.Clear().Append(']');
        }

        Sql.Append("'").Append(text.Replace("'", "''").ToString()).Append("'");
    }

    protected override Expression VisitSqlUnary(SqlUnaryExpression sqlUnaryExpression)
    {
        if (sqlUnaryExpression.OperatorType != ExpressionType.Convert)
        {
            return base.VisitSqlUnary(sqlUnaryExpression);
        }

        var from = sqlUnaryExpression.Operand.Type;
        var to = sqlUnaryExpression.Type;
        var function = from == typeof(char) && IsInteger(to) ? "unicode("
            : IsInteger(from) && to == typeof(char) ? "char("
            : sqlUnaryExpression.TypeMapping is ThreadsDecimalTypeMapping && sqlUnaryExpression.Operand.TypeMapping is not ThreadsDecimalTypeMapping
                ? from == typeof(float) ? "ef_decimal_single(" : "ef_decimal("
            : null;
        if (function is null)
        {
            return base.VisitSqlUnary(sqlUnaryExpression);
        }

        Sql.Append(function);
        Visit(sqlUnaryExpression.Operand);
        Sql.Append(")");
        return sqlUnaryExpression;
    }

    private static bool IsInteger(Type type) => Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type) is >= TypeCode.SByte and <= TypeCode.UInt64;

    /// <summary>Precedence as in SQLite's grammar: concatenation binds tightest, the bit operators stand between arithmetic and comparison.</summary>
    protected override bool TryGetOperatorInfo(SqlExpression expression, out int precedence, out bool isAssociative)
    {
        (precedence, isAssociative) = expression switch
        {
            SqlBinaryExpression { OperatorType: ExpressionType.Add } add when add.Type == typeof(string) => (1000, true),
            SqlBinaryExpression binary => binary.OperatorType switch
            {
                ExpressionType.Multiply => (900, true),
                ExpressionType.Divide or ExpressionType.Modulo => (900, false),
                ExpressionType.Add => (800, true),
                ExpressionType.Subtract => (800, false),
                ExpressionType.And or ExpressionType.Or => (600, true),
                ExpressionType.LessThan or ExpressionType.LessThanOrEqual or ExpressionType.GreaterThan or ExpressionType.GreaterThanOrEqual
                    or ExpressionType.Equal or ExpressionType.NotEqual => (500, false),
                ExpressionType.AndAlso => (200, true),
                ExpressionType.OrElse => (100, true),
                _ => default,
            },
            SqlUnaryExpression unary => unary.OperatorType switch
            {
                ExpressionType.Convert => (1300, false),
                ExpressionType.Negate => (1200, false),
                ExpressionType.Not when unary.Type != typeof(bool) => (1200, false),
                ExpressionType.Equal or ExpressionType.NotEqual => (500, false),
                ExpressionType.Not => (300, false),
                _ => default,
            },
            CollateExpression => (1100, false),
            LikeExpression => (500, false),
            _ => default,
        };

        return precedence != default;
    }
}

/// <summary>Makes the generator for one command.</summary>
internal sealed class ThreadsQuerySqlGeneratorFactory(QuerySqlGeneratorDependencies dependencies) : IQuerySqlGeneratorFactory
{
    public QuerySqlGenerator Create() => new ThreadsQuerySqlGenerator(dependencies);
}
