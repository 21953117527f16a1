using System.Data.Common;
using System.Linq.Expressions;
using System.Reflection;
using System.Text;
using Microsoft.EntityFrameworkCore.Storage;

namespace Microsoft.EntityFrameworkCore.Threads.Storage;

/// <summary>An owned or complex type mapped by <c>ToJson</c>: one TEXT column that holds the document.</summary>
public class ThreadsJsonTypeMapping : JsonTypeMapping
{
    private static readonly MethodInfo GetString = typeof(DbDataReader).GetMethod(nameof(DbDataReader.GetString), [typeof(int)])!;
    private static readonly MethodInfo ToStreamMethod = typeof(ThreadsJsonTypeMapping).GetMethod(nameof(ToStream), [typeof(string)])!;

    private ThreadsJsonTypeMapping()
        : base(ThreadsTypeMappingSource.Text, typeof(JsonTypePlaceholder), System.Data.DbType.String)
    {
    }

    /// <summary>A mapping with these facets.</summary>
    protected ThreadsJsonTypeMapping(RelationalTypeMappingParameters parameters)
        : base(parameters)
    {
    }

    /// <summary>The mapping every document column starts from.</summary>
    public static ThreadsJsonTypeMapping Default { get; } = new();

    /// <summary>The text of a document as the UTF-8 stream that EF's materializer reads.</summary>
    public static MemoryStream ToStream(string json) => new(Encoding.UTF8.GetBytes(json));

    /// <inheritdoc />
    public override MethodInfo GetDataReaderMethod() => GetString;

    /// <inheritdoc />
    public override Expression CustomizeDataReaderExpression(Expression expression) => Expression.Call(ToStreamMethod, expression);

    /// <inheritdoc />
    protected override string GenerateNonNullSqlLiteral(object value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return "'" + ((string)value).Replace("'", "''", StringComparison.Ordinal) + "'";
    }

    /// <inheritdoc />
    protected override RelationalTypeMapping Clone(RelationalTypeMappingParameters parameters) => new ThreadsJsonTypeMapping(parameters);
}
