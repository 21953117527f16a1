using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Threads.Storage.Json;

namespace Microsoft.EntityFrameworkCore.Threads.Storage;

/// <summary>Bytes as BLOB; inside JSON they are hexadecimal text.</summary>
public class ThreadsByteArrayTypeMapping : ByteArrayTypeMapping
{
    /// <summary>The mapping every column of this type starts from.</summary>
    public static new ThreadsByteArrayTypeMapping Default { get; } = new(new RelationalTypeMappingParameters(
        new CoreTypeMappingParameters(typeof(byte[]), jsonValueReaderWriter: ThreadsJsonByteArrayReaderWriter.Instance), "BLOB", dbType: System.Data.DbType.Binary));

    /// <summary>A mapping with these facets.</summary>
    protected ThreadsByteArrayTypeMapping(RelationalTypeMappingParameters parameters)
        : base(parameters)
    {
    }

    /// <inheritdoc />
    protected override RelationalTypeMapping Clone(RelationalTypeMappingParameters parameters) => new ThreadsByteArrayTypeMapping(parameters);
}
