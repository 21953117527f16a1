using System.Data;
using Microsoft.EntityFrameworkCore.Storage;
using System.Globalization;
using Microsoft.EntityFrameworkCore.Storage.Json;

namespace Microsoft.EntityFrameworkCore.Threads.Storage;

/// <summary>TimeOnly as TEXT, <c>13:31:11</c>, with seven decimals when it has a fraction of a second.</summary>
public class ThreadsTimeOnlyTypeMapping : TimeOnlyTypeMapping
{
    /// <summary>The mapping every column of this type starts from.</summary>
    public static new ThreadsTimeOnlyTypeMapping Default { get; } = new(new RelationalTypeMappingParameters(
        new CoreTypeMappingParameters(typeof(TimeOnly), jsonValueReaderWriter: JsonTimeOnlyReaderWriter.Instance), "TEXT", dbType: DbType.Time));

    /// <summary>A mapping with these facets.</summary>
    protected ThreadsTimeOnlyTypeMapping(RelationalTypeMappingParameters parameters)
        : base(parameters)
    {
    }

    /// <inheritdoc />
    protected override string GenerateNonNullSqlLiteral(object value) => string.Create(
        CultureInfo.InvariantCulture, ((TimeOnly)value).Ticks % TimeSpan.TicksPerSecond == 0 ? $"'{value:HH\\:mm\\:ss}'" : $"'{value:HH\\:mm\\:ss\\.fffffff}'");

    /// <inheritdoc />
    protected override RelationalTypeMapping Clone(RelationalTypeMappingParameters parameters) => new ThreadsTimeOnlyTypeMapping(parameters);
}
