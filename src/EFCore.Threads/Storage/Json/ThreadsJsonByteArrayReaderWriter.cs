using System.Linq.Expressions;
using System.Text.Json;
using Microsoft.EntityFrameworkCore.Storage.Json;

namespace Microsoft.EntityFrameworkCore.Threads.Storage.Json;

/// <summary>Bytes inside JSON as hexadecimal text, which SQL turns back with unhex.</summary>
public sealed class ThreadsJsonByteArrayReaderWriter : JsonValueReaderWriter<byte[]>
{
    private ThreadsJsonByteArrayReaderWriter()
    {
    }

    /// <summary>The only instance.</summary>
    public static ThreadsJsonByteArrayReaderWriter Instance { get; } = new();

    /// <inheritdoc />
    public override Expression ConstructorExpression => Expression.Property(null, typeof(ThreadsJsonByteArrayReaderWriter), nameof(Instance));

    /// <inheritdoc />
    public override byte[] FromJsonTyped(ref Utf8JsonReaderManager manager, object? existingObject = null) => Convert.FromHexString(manager.CurrentReader.GetString()!);

    /// <inheritdoc />
    public override void ToJsonTyped(Utf8JsonWriter writer, byte[] value) => writer.WriteStringValue(Convert.ToHexString(value));
}
