using System.Linq.Expressions;
using System.Text.Json;
using Microsoft.EntityFrameworkCore.Storage.Json;

namespace Microsoft.EntityFrameworkCore.Threads.Storage.Json;

/// <summary>Guid inside JSON in upper case, as in columns.</summary>
public sealed class ThreadsJsonGuidReaderWriter : JsonValueReaderWriter<Guid>
{
    private ThreadsJsonGuidReaderWriter()
    {
    }

    /// <summary>The only instance.</summary>
    public static ThreadsJsonGuidReaderWriter Instance { get; } = new();

    /// <inheritdoc />
    public override Expression ConstructorExpression => Expression.Property(null, typeof(ThreadsJsonGuidReaderWriter), nameof(Instance));

    /// <inheritdoc />
    public override Guid FromJsonTyped(ref Utf8JsonReaderManager manager, object? existingObject = null) => manager.CurrentReader.GetGuid();

    /// <inheritdoc />
    public override void ToJsonTyped(Utf8JsonWriter writer, Guid value) => writer.WriteStringValue(value.ToString().ToUpperInvariant());
}
