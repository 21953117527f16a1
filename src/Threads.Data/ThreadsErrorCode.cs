namespace Threads.Data;

/// <summary>What went wrong beyond SQLite's own errors; <see cref="ThreadsException.ThreadsErrorCode"/>. Callers match on this, never on the message.</summary>
public enum ThreadsErrorCode
{
    /// <summary>An error of SQLite itself: <see cref="ThreadsException.SqliteErrorCode"/> says which.</summary>
    None,

    /// <summary>A transaction can't be committed while a reader still holds rows of a statement that wrote.</summary>
    ReaderOpen,

    /// <summary>A backup was to replace a database that holds a thread.</summary>
    BackupIntoThread,
}
