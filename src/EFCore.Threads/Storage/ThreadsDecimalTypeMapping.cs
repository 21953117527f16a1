using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Threads.Storage.Json;

namespace Microsoft.EntityFrameworkCore.Threads.Storage;

/// <summary>Decimal as TEXT in one canonical form (<c>1.0</c>, <c>12.5</c>), so that equality is equality of text.</summary>
public class ThreadsDecimalTypeMapping : DecimalTypeMapping
{
    /// <summary>The mapping every column of this type starts from.</summary>
    public static new ThreadsDecimalTypeMapping Default { get; } = new(new RelationalTypeMappingParameters(
        new CoreTypeMappingParameters(typeof(decimal), jsonValueReaderWriter: ThreadsJsonDecimalReaderWriter.Instance), "TEXT", dbType: System.Data.DbType.Decimal));

    /// <summary>A mapping with these facets.</summary>
    protected ThreadsDecimalTypeMapping(RelationalTypeMappingParameters parameters)
        : base(parameters)
    {
    }

    /// <inheritdoc />
    protected override string SqlLiteralFormatString => "'" + base.SqlLiteralFormatString + "'";

    /// <inheritdoc />
    protected override RelationalTypeMapping Clone(RelationalTypeMappingParameters parameters) => new ThreadsDecimalTypeMapping(parameters);
}
