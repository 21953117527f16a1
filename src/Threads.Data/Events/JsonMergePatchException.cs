using Threads.Data.Resources;

namespace Threads.Data.Events;

/// <summary>What is wrong with a payload of go-threads' default codec, or with what it does.</summary>
internal enum JsonMergePatchError
{
    /// <summary>The payload is no CBOR that go-threads would read.</summary>
    MalformedPayload,

    /// <summary>A map holds a field that the codec does not know; <c>id</c> for <c>iD</c> is one.</summary>
    UnknownField,

    /// <summary>A field holds another type than the codec's.</summary>
    WrongType,

    /// <summary>More events than <see cref="JsonMergePatchCodec.MaxEvents"/>.</summary>
    TooManyEvents,

    /// <summary>A document is no JSON, or no object.</summary>
    InvalidDocument,

    /// <summary>A patch is no JSON, or neither object nor array.</summary>
    InvalidPatch,

    /// <summary>A create of an instance that is there.</summary>
    InstanceExists,

    /// <summary>A delete of an instance that is not there.</summary>
    InstanceAbsent,

    /// <summary>A type other than create, save and delete.</summary>
    UnknownOperation,
}

/// <summary>A payload of go-threads' default codec can't be read or applied; <see cref="Error"/> says why.</summary>
internal sealed class JsonMergePatchException(JsonMergePatchError error, string what, Exception? inner = null)
    : Exception(Strings.Events_JsonMergePatch(error.ToString(), what), inner)
{
    public JsonMergePatchError Error { get; } = error;
}
