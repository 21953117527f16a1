using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Storage.Json;

namespace Microsoft.EntityFrameworkCore.Threads.Storage;

/// <summary>DateOnly as TEXT, <c>2026-11-21</c>.</summary>
public class ThreadsDateOnlyTypeMapping : DateOnlyTypeMapping
{
    /// <summary>The mapping every column of this type starts from.</summary>
    public static new ThreadsDateOnlyTypeMapping Default { get; } = new(new RelationalTypeMappingParameters(
        new CoreTypeMappingParameters(typeof(DateOnly), jsonValueReaderWriter: JsonDateOnlyReaderWriter.Instance), "TEXT", dbType: System.Data.DbType.Date));

    /// <summary>A mapping with these facets.</summary>
    protected ThreadsDateOnlyTypeMapping(RelationalTypeMappingParameters parameters)
        : base(parameters)
    {
    }

    /// <inheritdoc />
    protected override string SqlLiteralFormatString => @"'{0:yyyy\-MM\-dd}'";

    /// <inheritdoc />
    protected override RelationalTypeMapping Clone(RelationalTypeMappingParameters parameters) => new ThreadsDateOnlyTypeMapping(parameters);
}
