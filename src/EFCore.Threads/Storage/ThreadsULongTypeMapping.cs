using Microsoft.EntityFrameworkCore.Storage;
using System.Globalization;
using Microsoft.EntityFrameworkCore.Storage.Json;

namespace Microsoft.EntityFrameworkCore.Threads.Storage;

/// <summary>UInt64 as the INTEGER with the same 64 bits: values from 2⁶³ on are negative in the file.</summary>
public class ThreadsULongTypeMapping : ULongTypeMapping
{
    /// <summary>The mapping every column of this type starts from.</summary>
    public static new ThreadsULongTypeMapping Default { get; } = new(new RelationalTypeMappingParameters(
        new CoreTypeMappingParameters(typeof(ulong), jsonValueReaderWriter: JsonUInt64ReaderWriter.Instance), "INTEGER", dbType: System.Data.DbType.UInt64));

    /// <summary>A mapping with these facets.</summary>
    protected ThreadsULongTypeMapping(RelationalTypeMappingParameters parameters)
        : base(parameters)
    {
    }

    /// <inheritdoc />
    protected override string GenerateNonNullSqlLiteral(object value) => unchecked((long)(ulong)value).ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc />
    protected override RelationalTypeMapping Clone(RelationalTypeMappingParameters parameters) => new ThreadsULongTypeMapping(parameters);
}
