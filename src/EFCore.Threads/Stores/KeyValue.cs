namespace Microsoft.EntityFrameworkCore;

/// <summary>A row of a key-value store: <c>context.Set&lt;KeyValue&gt;("settings")</c> where the model has <c>KeyValueStore("settings")</c>.</summary>
public sealed class KeyValue
{
    /// <summary>The key.</summary>
    public required string Key { get; set; }

    /// <summary>The value, as JSON.</summary>
    public required string Value { get; set; }
}
