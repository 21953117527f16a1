using Microsoft.EntityFrameworkCore.Storage;
using System.Globalization;
using Microsoft.EntityFrameworkCore.Storage.Json;

namespace Microsoft.EntityFrameworkCore.Threads.Storage;

/// <summary>TimeOnly as TEXT, <c>13:31:11</c>, with seven decimals when it has a fraction of a second.</summary>
public class ThreadsTimeOnlyTypeMapping : TimeOnlyTypeMapping
{
    /// <summary>The mapping every column of this type starts from.</summary>
    public static new ThreadsTimeOnlyTypeMapping Default { get; } = new(new RelationalTypeMappingParameters(
        new CoreTypeMappingParameters(typeof(TimeOnly), jsonValueReaderWriter: JsonTimeOnlyReaderWriter.Instance), "TEXT", dbType: System.Data.DbType.Time));

    /// <summary>A mapping with these facets.</summary>
    protected ThreadsTimeOnlyTypeMapping(RelationalTypeMappingParameters parameters)
        : base(parameters)
    {
    }

    /// <inheritdoc />
    protected override string GenerateNonNullSqlLiteral(object value)
    {
        var time = (TimeOnly)value;
        return "'" + time.ToString(time.Ticks % TimeSpan.TicksPerSecond == 0 ? @"HH\:mm\:ss" : @"HH\:mm\:ss\.fffffff", CultureInfo.InvariantCulture) + "'";
    }

    /// <inheritdoc />
    protected override RelationalTypeMapping Clone(RelationalTypeMappingParameters parameters) => new ThreadsTimeOnlyTypeMapping(parameters);
}
