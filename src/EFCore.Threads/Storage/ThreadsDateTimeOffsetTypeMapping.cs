using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Threads.Storage.Json;

namespace Microsoft.EntityFrameworkCore.Threads.Storage;

/// <summary>DateTimeOffset as TEXT with its offset, <c>2026-11-21 13:31:11+01:00</c>.</summary>
public class ThreadsDateTimeOffsetTypeMapping : DateTimeOffsetTypeMapping
{
    /// <summary>The mapping every column of this type starts from.</summary>
    public static new ThreadsDateTimeOffsetTypeMapping Default { get; } = new(new RelationalTypeMappingParameters(
        new CoreTypeMappingParameters(typeof(DateTimeOffset), jsonValueReaderWriter: ThreadsJsonDateTimeOffsetReaderWriter.Instance), "TEXT", dbType: System.Data.DbType.DateTimeOffset));

    /// <summary>A mapping with these facets.</summary>
    protected ThreadsDateTimeOffsetTypeMapping(RelationalTypeMappingParameters parameters)
        : base(parameters)
    {
    }

    /// <inheritdoc />
    protected override string SqlLiteralFormatString => @"'{0:yyyy\-MM\-dd HH\:mm\:ss.FFFFFFFzzz}'";

    /// <inheritdoc />
    protected override RelationalTypeMapping Clone(RelationalTypeMappingParameters parameters) => new ThreadsDateTimeOffsetTypeMapping(parameters);
}
