using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using Microsoft.EntityFrameworkCore.Storage;

namespace Microsoft.EntityFrameworkCore.Threads.Query;

/// <summary>Queryable operators: collections as <c>json_each</c>, ordering by what a value means instead of by its text.</summary>
#pragma warning disable EF1001 // SelectExpression's constructors and the alias manager are how every provider makes a table of its own
internal sealed class ThreadsQueryableMethodTranslatingVisitor : RelationalQueryableMethodTranslatingExpressionVisitor
{
    public const string JsonEach = "json_each";
    public const string JsonEachKey = "key";
    public const string JsonEachValue = "value";

    private readonly IRelationalTypeMappingSource types;
    private readonly ISqlExpressionFactory sql;
    private readonly SqlAliasManager aliases;

    public ThreadsQueryableMethodTranslatingVisitor(
        QueryableMethodTranslatingExpressionVisitorDependencies dependencies,
        RelationalQueryableMethodTranslatingExpressionVisitorDependencies relationalDependencies,
        RelationalQueryCompilationContext context)
        : base(dependencies, relationalDependencies, context)
        => (types, sql, aliases) = (relationalDependencies.TypeMappingSource, relationalDependencies.SqlExpressionFactory, context.SqlAliasManager);

    private ThreadsQueryableMethodTranslatingVisitor(ThreadsQueryableMethodTranslatingVisitor parent)
        : base(parent)
        => (types, sql, aliases) = (parent.types, parent.sql, parent.aliases);

    private RelationalTypeMapping IntMapping => types.FindMapping(typeof(int))!;

    private RelationalTypeMapping TextMapping => types.FindMapping(typeof(string))!;

    protected override QueryableMethodTranslatingExpressionVisitor CreateSubqueryVisitor() => new ThreadsQueryableMethodTranslatingVisitor(this);

    protected override ShapedQueryExpression? TranslateAny(ShapedQueryExpression source, LambdaExpression? predicate)
        => predicate is null && WholeCollection(source) is { } array
            ? Scalar(source, sql.GreaterThan(Length(array), sql.Constant(0)))
            : base.TranslateAny(source, predicate);

    protected override ShapedQueryExpression? TranslateCount(ShapedQueryExpression source, LambdaExpression? predicate)
        => predicate is null && WholeCollection(source) is { } array ? Scalar(source, Length(array)) : base.TranslateCount(source, predicate);

    protected override ShapedQueryExpression? TranslateOrderBy(ShapedQueryExpression source, LambdaExpression keySelector, bool ascending)
    {
        if (TranslateLambdaExpression(source, keySelector) is not { } key)
        {
            return null;
        }

        ((SelectExpression)source.QueryExpression).ApplyOrdering(new OrderingExpression(ValueOrder.OrderBy(sql, key), ascending));
        return source;
    }

    protected override ShapedQueryExpression? TranslateThenBy(ShapedQueryExpression source, LambdaExpression keySelector, bool ascending)
    {
        if (TranslateLambdaExpression(source, keySelector) is not { } key)
        {
            return null;
        }

        ((SelectExpression)source.QueryExpression).AppendOrdering(new OrderingExpression(ValueOrder.OrderBy(sql, key), ascending));
        return source;
    }

    protected override ShapedQueryExpression? TranslatePrimitiveCollection(SqlExpression sqlExpression, IProperty? property, string tableAlias)
    {
        var elementType = ElementType(sqlExpression.Type);
        var elementMapping = (RelationalTypeMapping?)sqlExpression.TypeMapping?.ElementTypeMapping;

        // Of a parameter only the CLR type is known here: SQL is cached and does not vary with the nullability of a parameter's elements.
        var nullable = property?.GetElementType()!.IsNullable ?? IsNullable(elementType);
        var table = Each(tableAlias, sqlExpression);
        var select = new SelectExpression(
            [table],
            new ColumnExpression(JsonEachValue, tableAlias, Nullable.GetUnderlyingType(elementType) ?? elementType, elementMapping, nullable),
            [(new ColumnExpression(JsonEachKey, tableAlias, typeof(int), IntMapping, false), IntMapping.Comparer)],
            aliases);
        AppendKeyOrdering(select, select, table);

        var nullableType = IsNullable(elementType) ? elementType : typeof(Nullable<>).MakeGenericType(elementType);
        Expression shaper = new ProjectionBindingExpression(select, new ProjectionMember(), nullableType);
        return new ShapedQueryExpression(select, elementType == nullableType ? shaper : Expression.Convert(shaper, elementType));
    }

    /// <summary>
    /// A collection of documents. <c>json_each</c> gives whole elements; a subquery takes their members apart, so that outside they are columns
    /// of an ordinary table.
    /// </summary>
    protected override ShapedQueryExpression TransformJsonQueryToTable(JsonQueryExpression jsonQueryExpression)
    {
        var structure = jsonQueryExpression.StructuralType;
        var lastName = jsonQueryExpression.Path.LastOrDefault(s => s.PropertyName is not null).PropertyName;
        var alias = aliases.GenerateTableAlias(lastName ?? jsonQueryExpression.JsonColumn.Name);
        var table = Each(alias, jsonQueryExpression.JsonColumn, jsonQueryExpression.Path);
        var inner = CreateSelect(jsonQueryExpression, table, JsonEachKey, typeof(int), IntMapping);
        AppendKeyOrdering(inner, inner, table);

        var element = inner.CreateColumnExpression(table, JsonEachValue, typeof(string), TextMapping);
        var members = new Dictionary<ProjectionMember, Expression>();
        foreach (var property in structure.GetPropertiesInHierarchy())
        {
            if (property.GetJsonPropertyName() is { } name)
            {
                var type = Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType;
                members[Member(name)] = new JsonScalarExpression(element, [new(name)], type, property.GetRelationalTypeMapping(), property.IsNullable);
            }
        }

        var owned = structure is IEntityType entity
            ? entity.GetNavigationsInHierarchy().Where(n =>
                n.ForeignKey.IsOwnership && n.TargetEntityType.IsMappedToJson() && n.ForeignKey.PrincipalToDependent == n)
            : [];
        foreach (var navigation in owned)
        {
            AddDocument(navigation.TargetEntityType.GetJsonPropertyName()!, !navigation.ForeignKey.IsRequiredDependent);
        }

        foreach (var complex in structure.GetComplexProperties())
        {
            AddDocument(complex.ComplexType.GetJsonPropertyName()!, jsonQueryExpression.IsNullable || complex.IsNullable);
        }

        inner.ReplaceProjection(members);
        inner.PushdownIntoSubquery();
        var subquery = inner.Tables[0];
        var outer = CreateSelect(jsonQueryExpression, subquery, JsonEachKey, typeof(int), IntMapping);
        AppendKeyOrdering(outer, inner, subquery);
        return new ShapedQueryExpression(
            outer,
            new RelationalStructuralTypeShaperExpression(
                structure, new ProjectionBindingExpression(outer, new ProjectionMember(), typeof(ValueBuffer)), false));

        void AddDocument(string name, bool nullable)
            => members[Member(name)] = new JsonScalarExpression(element, [new(name)], typeof(string), TextMapping, nullable);
    }

    protected override ShapedQueryExpression? TranslateElementAtOrDefault(ShapedQueryExpression source, Expression index, bool returnDefault)
    {
        if (!returnDefault && source.QueryExpression is SelectExpression select)
        {
            var array = select switch
            {
                {
                    Tables: [ValuesExpression { ValuesParameter: { } parameter }], Predicate: null, GroupBy: [], Having: null, IsDistinct: false,
                    Orderings: [{ Expression: ColumnExpression { Name: ValuesOrderingColumnName }, IsAscending: true }], Limit: null, Offset: null,
                } => parameter,
                {
                    Tables: [TableValuedFunctionExpression { Name: JsonEach, Schema: null, IsBuiltIn: true, Arguments: [var argument] } each],
                    Predicate: null, GroupBy: [], Having: null, IsDistinct: false,
                    Orderings: [{ Expression: ColumnExpression { Name: JsonEachKey } key, IsAscending: true }], Limit: null, Offset: null,
                } when key.TableAlias == each.Alias => argument,
                _ => null,
            };

            if (array is not null && Projected(source, select) is { } column && TranslateExpression(index) is { } position)
            {
                // A path in a path is one path: no value is taken out of a value just taken out.
                var (json, path) = array is JsonScalarExpression inner
                    ? (inner.Json, (IReadOnlyList<PathSegment>)[.. inner.Path, new(position)])
                    : (array, [new(position)]);
                return Scalar(source, new JsonScalarExpression(json, path, column.Type, column.TypeMapping, column.IsNullable));
            }
        }

        return base.TranslateElementAtOrDefault(source, index, returnDefault);
    }

#pragma warning disable EF9002 // the hooks for ExecuteUpdate into JSON are still marked experimental
    protected override bool TrySerializeScalarToJson(JsonScalarExpression target, SqlExpression value, [NotNullWhen(true)] out SqlExpression? jsonValue)
    {
        var type = value.ProviderType();
        if (type == typeof(bool))
        {
            // SQLite knows 0 and 1; json() turns the words into JSON's true and false.
            jsonValue = sql.Call("json", typeof(string), TextMapping, value is SqlConstantExpression { Value: bool constant }
                ? sql.Constant(constant ? "true" : "false")
                : sql.Case(
                    [
                        new(sql.Equal(value, sql.Constant(true)), sql.Constant("true")),
                        new(sql.Equal(value, sql.Constant(false)), sql.Constant("false")),
                    ],
                    sql.Constant("null")));
            return true;
        }

        if (type == typeof(ulong))
        {
            // The column holds the same 64 bits as a signed integer; a document holds the number itself.
            jsonValue = sql.Call("json", typeof(string), TextMapping, sql.Call("ef_ulong_text", typeof(string), TextMapping, value));
            return true;
        }

        return base.TrySerializeScalarToJson(target, value, out jsonValue);
    }
#pragma warning restore EF9002

    protected override SqlExpression? GenerateJsonPartialUpdateSetter(Expression target, SqlExpression value, ref SqlExpression? existingSetterValue)
    {
        var (column, path, isScalar) = target switch
        {
            JsonScalarExpression scalar => ((ColumnExpression)scalar.Json, scalar.Path, scalar.TypeMapping?.ElementTypeMapping is null),
            JsonQueryExpression query => (query.JsonColumn, query.Path, false),
            _ => throw new ArgumentException(target.GetType().Name, nameof(target)),
        };

        // json_set takes text as text; json() marks it as a document to be nested.
        var set = sql.Call(
            "json_set",
            typeof(string),
            column.TypeMapping,
            existingSetterValue ?? column,
            sql.JsonPath(path),
            isScalar ? value : sql.Call("json", typeof(string), value.TypeMapping, value));
        if (existingSetterValue is null)
        {
            return set;
        }

        existingSetterValue = set;
        return null;
    }

    protected override bool IsNaturallyOrdered(SelectExpression selectExpression)
    {
        return selectExpression is { Tables: [var main, ..], Orderings: [{ Expression: ColumnExpression { Name: JsonEachKey } key, IsAscending: true }] }
            && key.TableAlias == main.Alias
            && IsKey(selectExpression, key);

        static bool IsKey(SelectExpression select, ColumnExpression column)
        {
            var table = select.Tables.FirstOrDefault(t => t.Alias == column.TableAlias);
            return (table is JoinExpressionBase join ? join.Table : table) switch
            {
                TableValuedFunctionExpression { Name: JsonEach, IsBuiltIn: true } => true,
                SelectExpression inner => inner.Projection.FirstOrDefault(p => p.Alias == JsonEachKey)?.Expression is ColumnExpression projected
                    && IsKey(inner, projected),
                _ => false,
            };
        }
    }

    private static bool IsNullable(Type type) => !type.IsValueType || Nullable.GetUnderlyingType(type) is not null;

    private static Type ElementType(Type collection)
        => collection.GetInterfaces().Append(collection)
            .First(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEnumerable<>))
            .GetGenericArguments()[0];

    private static ProjectionMember Member(string name) => new ProjectionMember().Append(new NamedMember(name));

    private static SqlExpression? WholeCollection(ShapedQueryExpression source)
        => source.QueryExpression is SelectExpression
        {
            Tables: [TableValuedFunctionExpression { Name: JsonEach, Schema: null, IsBuiltIn: true, Arguments: [var array] }],
            Predicate: null, GroupBy: [], Having: null, IsDistinct: false, Limit: null, Offset: null,
        }
            ? array
            : null;

    private static ColumnExpression? Projected(ShapedQueryExpression source, SelectExpression select)
    {
        var shaper = source.ShaperExpression;
        if (shaper is UnaryExpression { NodeType: ExpressionType.Convert } convert && Nullable.GetUnderlyingType(convert.Operand.Type) == convert.Type)
        {
            shaper = convert.Operand;
        }

        return shaper is ProjectionBindingExpression binding ? select.GetProjection(binding) as ColumnExpression : null;
    }

    private TableValuedFunctionExpression Each(string alias, SqlExpression json, IReadOnlyList<PathSegment>? path = null)
        => new(alias, JsonEach, path is null or [] ? [json] : [json, sql.JsonPath(path)]);

    private void AppendKeyOrdering(SelectExpression target, SelectExpression columns, TableExpressionBase table)
        => target.AppendOrdering(new OrderingExpression(columns.CreateColumnExpression(table, JsonEachKey, typeof(int), IntMapping, false), true));

    private SqlExpression Length(SqlExpression array) => sql.Call("json_array_length", typeof(int), array);

    private ShapedQueryExpression Scalar(ShapedQueryExpression source, SqlExpression value)
        => source.UpdateQueryExpression(new SelectExpression(value, aliases));

    // A projection takes its alias from a member; the members of a document have names only.
    private sealed class NamedMember(string name) : MemberInfo
    {
        public override string Name => name;

        public override Type? DeclaringType => null;

        public override MemberTypes MemberType => MemberTypes.Property;

        public override Type? ReflectedType => null;

        public override object[] GetCustomAttributes(bool inherit) => [];

        public override object[] GetCustomAttributes(Type attributeType, bool inherit) => [];

        public override bool IsDefined(Type attributeType, bool inherit) => false;
    }
}
#pragma warning restore EF1001

/// <summary>Makes the visitor for one query.</summary>
internal sealed class ThreadsQueryableMethodTranslatingVisitorFactory(
    QueryableMethodTranslatingExpressionVisitorDependencies dependencies,
    RelationalQueryableMethodTranslatingExpressionVisitorDependencies relationalDependencies)
    : IQueryableMethodTranslatingExpressionVisitorFactory
{
    public QueryableMethodTranslatingExpressionVisitor Create(QueryCompilationContext queryCompilationContext)
        => new ThreadsQueryableMethodTranslatingVisitor(
            dependencies, relationalDependencies, (RelationalQueryCompilationContext)queryCompilationContext);
}
