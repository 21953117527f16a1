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

    /// <summary>A row has NULL in its key.</summary>
    NullKey,

    /// <summary>A row was changed that no record created.</summary>
    UnknownRow,

    /// <summary>A shared table has no primary key.</summary>
    NoKey,

    /// <summary>The statement or call is not allowed on a thread's database.</summary>
    Refused,

    /// <summary>A statement would change the tables that hold the log.</summary>
    InternalTable,

    /// <summary>The keys need a password.</summary>
    PasswordMissing,

    /// <summary>The password does not open the keys.</summary>
    PasswordWrong,

    /// <summary>A key is not in the file.</summary>
    KeyMissing,

    /// <summary>A key in the file is damaged.</summary>
    KeyDamaged,

    /// <summary>The file is a database, but not ours.</summary>
    NotAThread,

    /// <summary>The file is no database.</summary>
    NotADatabase,

    /// <summary>The file was written by a newer version.</summary>
    NewerFile,

    /// <summary>The file holds another thread.</summary>
    OtherThread,

    /// <summary>The given key is not this thread's.</summary>
    OtherKey,

    /// <summary>Joining a thread needs its key.</summary>
    ThreadKeyMissing,

    /// <summary>The database was opened to be read only.</summary>
    ReadOnly,

    /// <summary>A stored record can't be opened.</summary>
    RecordDamaged,

    /// <summary>A record from outside was refused.</summary>
    RecordRefused,

    /// <summary>An imported file ends early.</summary>
    ImportTruncated,

    /// <summary>An imported file is damaged.</summary>
    ImportDamaged,

    /// <summary>An imported file belongs to another thread.</summary>
    ImportForeign,

    /// <summary>Verification found damage.</summary>
    VerifyFailed,

    /// <summary>The backup's file exists.</summary>
    BackupTarget,

    /// <summary>The database to import can't be read.</summary>
    ImportSource,

    /// <summary>A table can't be imported.</summary>
    ImportTable,

    /// <summary>A transaction does not fit into one record.</summary>
    TransactionTooLarge,

    /// <summary>No integer key is left for a row without one.</summary>
    NoKeyRange,

    /// <summary>A row breaks the JSON schema of its table.</summary>
    JsonSchema,

    /// <summary>A text is no JSON schema that can be enforced.</summary>
    JsonSchemaText,

    /// <summary>A transaction with foreign keys off left a row whose parent is missing.</summary>
    ForeignKeyMissing,

    /// <summary>No row stands in the way of one that is held back, so none can be deleted for it.</summary>
    NoRival,

    /// <summary>This peer lacks the role that a write, or a change of the access lists, needs.</summary>
    AccessDenied,

    /// <summary>A change of the access lists makes no sense: nobody is meant by it, or the thread has no lists.</summary>
    AccessChange,

    /// <summary>A password or a protector was given for a file whose keys lie open.</summary>
    NotProtected,

    /// <summary>The keys need a protector, which was not given.</summary>
    ProtectorMissing,

    /// <summary>The protector does not open the keys, or its key file is missing or open to others.</summary>
    ProtectorRefused,

    /// <summary>A text is no exported identity, or words are no recovery phrase.</summary>
    IdentityText,

    /// <summary>The file is another identity's.</summary>
    OtherIdentity,

    /// <summary>A text is no invitation or request to join, or it was altered.</summary>
    InvitationDamaged,

    /// <summary>The invitation has ended.</summary>
    InvitationExpired,

    /// <summary>The invitation is to another peer.</summary>
    InvitationAddressed,

    /// <summary>The invitation was withdrawn.</summary>
    InvitationWithdrawn,

    /// <summary>As many peers have joined as the invitation is for.</summary>
    InvitationUsedUp,

    /// <summary>The invitation was made at a time that this clock has not reached.</summary>
    InvitationAhead,
}
