namespace Threads.Data.Sequences;

/// <summary>Why an operation on a text or a list is refused. What it says, in words, is in the message.</summary>
internal enum SequenceError
{
    /// <summary>The bytes end inside the operation.</summary>
    Truncated,

    /// <summary>Bytes are left behind the operation.</summary>
    Trailing,

    /// <summary>A number is not in its shortest form, or above what is allowed.</summary>
    Number,

    /// <summary>The operation is of a form this version does not know.</summary>
    Form,

    /// <summary>A position lies outside of the text or list as it is at that point.</summary>
    Position,

    /// <summary>A run of no length, or one that deletes more than there is.</summary>
    Count,

    /// <summary>The inserted content is not what the runs ask for, or no valid UTF-8 or JSON.</summary>
    Content,

    /// <summary>The deflated body is damaged or grows beyond its bound.</summary>
    Inflation,

    /// <summary>The text or list would be longer than allowed.</summary>
    TooLong,
}

/// <summary>An operation that is none; the message is the end of a sentence that begins with what was read.</summary>
internal sealed class SequenceException(SequenceError error, string message, Exception? inner = null) : FormatException(message, inner)
{
    public SequenceError Error { get; } = error;
}
