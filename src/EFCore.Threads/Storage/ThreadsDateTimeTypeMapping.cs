using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Threads.Storage.Json;

namespace Microsoft.EntityFrameworkCore.Threads.Storage;

/// <summary>DateTime as TEXT, <c>2026-11-21 13:31:11.1234567</c>, without a zone.</summary>
public class ThreadsDateTimeTypeMapping : DateTimeTypeMapping
{
    /// <summary>The mapping every column of this type starts from.</summary>
    public static new ThreadsDateTimeTypeMapping Default { get; } = new(new RelationalTypeMappingParameters(
        new CoreTypeMappingParameters(typeof(DateTime), jsonValueReaderWriter: ThreadsJsonDateTimeReaderWriter.Instance), "TEXT", dbType: System.Data.DbType.DateTime));

    /// <summary>A mapping with these facets.</summary>
    protected ThreadsDateTimeTypeMapping(RelationalTypeMappingParameters parameters)
        : base(parameters)
    {
    }

    /// <inheritdoc />
    protected override string SqlLiteralFormatString => @"'{0:yyyy\-MM\-dd HH\:mm\:ss.FFFFFFF}'";

    /// <inheritdoc />
    protected override RelationalTypeMapping Clone(RelationalTypeMappingParameters parameters) => new ThreadsDateTimeTypeMapping(parameters);
}
