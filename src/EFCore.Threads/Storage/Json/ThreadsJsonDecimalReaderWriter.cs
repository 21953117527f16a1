using System.Globalization;
using System.Linq.Expressions;
using System.Text.Json;
using Microsoft.EntityFrameworkCore.Storage.Json;

namespace Microsoft.EntityFrameworkCore.Threads.Storage.Json;

/// <summary>Decimal inside JSON as text in the form columns have, so no digit is lost to a double.</summary>
public sealed class ThreadsJsonDecimalReaderWriter : JsonValueReaderWriter<decimal>
{
    private ThreadsJsonDecimalReaderWriter()
    {
    }

    /// <summary>The only instance.</summary>
    public static ThreadsJsonDecimalReaderWriter Instance { get; } = new();

    /// <inheritdoc />
    public override Expression ConstructorExpression => Expression.Property(null, typeof(ThreadsJsonDecimalReaderWriter), nameof(Instance));

    /// <inheritdoc />
    public override decimal FromJsonTyped(ref Utf8JsonReaderManager manager, object? existingObject = null) => decimal.Parse(manager.CurrentReader.GetString()!, CultureInfo.InvariantCulture);

    /// <inheritdoc />
    public override void ToJsonTyped(Utf8JsonWriter writer, decimal value) => writer.WriteStringValue(value.ToString("0.0###########################", CultureInfo.InvariantCulture));
}
