using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Threads.Storage.Json;

namespace Microsoft.EntityFrameworkCore.Threads.Storage;

/// <summary>Guid as upper-case TEXT with hyphens.</summary>
public class ThreadsGuidTypeMapping : GuidTypeMapping
{
    /// <summary>The mapping every column of this type starts from.</summary>
    public static new ThreadsGuidTypeMapping Default { get; } = new(new RelationalTypeMappingParameters(
        new CoreTypeMappingParameters(typeof(Guid), jsonValueReaderWriter: ThreadsJsonGuidReaderWriter.Instance), "TEXT", dbType: System.Data.DbType.Guid));

    /// <summary>A mapping with these facets.</summary>
    protected ThreadsGuidTypeMapping(RelationalTypeMappingParameters parameters)
        : base(parameters)
    {
    }

    /// <inheritdoc />
    protected override string GenerateNonNullSqlLiteral(object value) => "'" + ((Guid)value).ToString().ToUpperInvariant() + "'";

    /// <inheritdoc />
    protected override RelationalTypeMapping Clone(RelationalTypeMappingParameters parameters) => new ThreadsGuidTypeMapping(parameters);
}
