namespace Microsoft.EntityFrameworkCore;

/// <summary>A row of a key-value store: <c>context.Set&lt;KeyValue&gt;("settings")</c> where the model has <c>KeyValueStore("settings")</c>.</summary>
public sealed class KeyValue
{
    /// <summary>The key.</summary>
    public required string Key { get; set; }

    /// <summary>The value, as JSON.</summary>
    public required string Value { get; set; }
}

/// <summary>A row of a key-value store whose value is read as <typeparamref name="T"/>, as <see cref="KeyValueStore.Of{T}"/> gives it.</summary>
/// <typeparam name="T">A number, a text, or true and false.</typeparam>
public sealed class KeyValue<T>
{
    /// <summary>The key.</summary>
    public required string Key { get; set; }

    /// <summary>The value.</summary>
    public required T Value { get; set; }
}
