using System.Globalization;
using System.Linq.Expressions;
using System.Text.Json;
using Microsoft.EntityFrameworkCore.Storage.Json;

namespace Microsoft.EntityFrameworkCore.Threads.Storage.Json;

/// <summary>DateTime inside JSON in the text form columns have.</summary>
public sealed class ThreadsJsonDateTimeReaderWriter : JsonValueReaderWriter<DateTime>
{
    private ThreadsJsonDateTimeReaderWriter()
    {
    }

    /// <summary>The only instance.</summary>
    public static ThreadsJsonDateTimeReaderWriter Instance { get; } = new();

    /// <inheritdoc />
    public override Expression ConstructorExpression => Expression.Property(null, typeof(ThreadsJsonDateTimeReaderWriter), nameof(Instance));

    /// <inheritdoc />
    public override DateTime FromJsonTyped(ref Utf8JsonReaderManager manager, object? existingObject = null) => DateTime.Parse(manager.CurrentReader.GetString()!, CultureInfo.InvariantCulture);

    /// <inheritdoc />
    public override void ToJsonTyped(Utf8JsonWriter writer, DateTime value) => writer.WriteStringValue(value.ToString(@"yyyy\-MM\-dd HH\:mm\:ss.FFFFFFF", CultureInfo.InvariantCulture));
}
