using System.Globalization;
using System.Linq.Expressions;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.EntityFrameworkCore.Storage.Json;

namespace Microsoft.EntityFrameworkCore.Threads.Storage.Json;

/// <summary>DateTimeOffset inside JSON in the text form columns have.</summary>
public sealed class ThreadsJsonDateTimeOffsetReaderWriter : JsonValueReaderWriter<DateTimeOffset>
{
    private ThreadsJsonDateTimeOffsetReaderWriter()
    {
    }

    /// <summary>The only instance.</summary>
    public static ThreadsJsonDateTimeOffsetReaderWriter Instance { get; } = new();

    /// <inheritdoc />
    public override Expression ConstructorExpression => Expression.Property(null, typeof(ThreadsJsonDateTimeOffsetReaderWriter), nameof(Instance));

    /// <inheritdoc />
    public override DateTimeOffset FromJsonTyped(ref Utf8JsonReaderManager manager, object? existingObject = null) => DateTimeOffset.Parse(manager.CurrentReader.GetString()!, CultureInfo.InvariantCulture);

    /// <inheritdoc />
    public override void ToJsonTyped(Utf8JsonWriter writer, DateTimeOffset value) =>
        // The relaxed encoder leaves the offset's plus sign as it is, so the text compares equal to a column's.
        writer.WriteStringValue(JsonEncodedText.Encode(
            value.ToString(@"yyyy\-MM\-dd HH\:mm\:ss.FFFFFFFzzz", CultureInfo.InvariantCulture), JavaScriptEncoder.UnsafeRelaxedJsonEscaping));
}
