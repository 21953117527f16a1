namespace Threads.Data.Events;

/// <summary>What an action of go-threads' default codec did; the numbers are those on the wire.</summary>
internal enum JsonMergePatchKind
{
    Create = 0,
    Save = 1,
    Delete = 2,
}

/// <summary>
/// One action in a payload of go-threads' default codec (FORMATS 4). <paramref name="Json"/> is the whole document of a create, the merge patch
/// of a save, and null for a delete; UTF-8. <paramref name="TimestampNs"/> counts nanoseconds since 1970.
/// </summary>
internal sealed record JsonMergePatchEvent(JsonMergePatchKind Kind, string Collection, string InstanceId, byte[]? Json, long TimestampNs)
{
    /// <summary>The document as it is; its text is kept until a first save rewrites it.</summary>
    public static JsonMergePatchEvent Create(string collection, string instanceId, ReadOnlySpan<byte> document, long timestampNs) =>
        new(JsonMergePatchKind.Create, collection, instanceId, document.ToArray(), timestampNs);

    /// <summary>The patch that leads from one document to another; an absent one is <c>{}</c>.</summary>
    /// <exception cref="JsonMergePatchException">One of them is no JSON object.</exception>
    public static JsonMergePatchEvent Save(string collection, string instanceId, ReadOnlySpan<byte> previous, ReadOnlySpan<byte> current, long timestampNs) =>
        new(JsonMergePatchKind.Save, collection, instanceId, JsonMergePatch.Create(previous, current), timestampNs);

    public static JsonMergePatchEvent Delete(string collection, string instanceId, long timestampNs) =>
        new(JsonMergePatchKind.Delete, collection, instanceId, null, timestampNs);

    /// <summary>
    /// The document after this event; null after a delete. A save of an absent document starts from <c>{}</c>.
    /// </summary>
    /// <param name="document">The document before it; null when absent.</param>
    /// <exception cref="JsonMergePatchException">The event does not apply: go-threads then drops the effect of the whole record.</exception>
    public byte[]? Apply(byte[]? document) => Kind switch
    {
        JsonMergePatchKind.Create when document is not null => throw Failure(JsonMergePatchError.InstanceExists),
        JsonMergePatchKind.Create => Json ?? [],
        JsonMergePatchKind.Save => JsonMergePatch.Apply(document ?? "{}"u8, Json),
        JsonMergePatchKind.Delete when document is null => throw Failure(JsonMergePatchError.InstanceAbsent),
        JsonMergePatchKind.Delete => null,
        _ => throw Failure(JsonMergePatchError.UnknownOperation),
    };

    private JsonMergePatchException Failure(JsonMergePatchError error) => new(error, $"{Collection}/{InstanceId}");
}
