using Threads.Data.Resources;

namespace Threads.Data;

/// <summary>Our errors, each with its code and its text from the resources.</summary>
internal static class ThreadsErrors
{
    public static ThreadsException NullKey(string table, string column) => new(ThreadsErrorCode.NullKey, Strings.NullKey(table, column));

    public static ThreadsException UnknownRow(string table) => new(ThreadsErrorCode.UnknownRow, Strings.UnknownRow(table));

    public static ThreadsException NoKey(string table) => new(ThreadsErrorCode.NoKey, Strings.NoKey(table));

    public static ThreadsException WritableSchema() => new(ThreadsErrorCode.Refused, Strings.WritableSchema());

    public static ThreadsException StrayWrites() => new(ThreadsErrorCode.Refused, Strings.StrayWrites());

    public static ThreadsException AttachedThread(string schema) => new(ThreadsErrorCode.Refused, Strings.AttachedThread(schema));

    public static ThreadsException InternalTable(string text, Exception? inner) => new(ThreadsErrorCode.InternalTable, Strings.InternalTable(text), inner);

    public static ThreadsException PasswordMissing() => new(ThreadsErrorCode.PasswordMissing, Strings.PasswordMissing());

    public static ThreadsException PasswordWrong(Exception inner) => new(ThreadsErrorCode.PasswordWrong, Strings.PasswordWrong(), inner);

    public static ThreadsException PassphraseWrong(Exception inner) => new(ThreadsErrorCode.PasswordWrong, Strings.KeysPassphrase, inner);

    public static ThreadsException NotProtected() => new(ThreadsErrorCode.NotProtected, Strings.KeysNotProtected);

    public static ThreadsException ProtectorMissing(string name) => new(ThreadsErrorCode.ProtectorMissing, Strings.KeysProtectorMissing(name));

    public static ThreadsException ProtectorRefused(string name, Exception? inner) => new(ThreadsErrorCode.ProtectorRefused, Strings.KeysProtectorRefused(name), inner);

    public static ThreadsException KeyFileMissing(string file) => new(ThreadsErrorCode.ProtectorRefused, Strings.KeysFileMissing(file));

    public static ThreadsException KeyFileOpen(string file) => new(ThreadsErrorCode.ProtectorRefused, Strings.KeysFileOpen(file));

    public static ThreadsException ProtectionInTransaction() => new(ThreadsErrorCode.Refused, Strings.KeysInTransaction);

    public static ThreadsException IdentityText(string why, Exception? inner = null) => new(ThreadsErrorCode.IdentityText, Strings.KeysIdentityText(why), inner);

    public static ThreadsException OtherIdentity(string file, string wanted) => new(ThreadsErrorCode.OtherIdentity, Strings.KeysOtherIdentity(file, wanted));

    public static ThreadsException NewFileInMemory() => new(ThreadsErrorCode.Refused, Strings.KeysInMemory);

    public static ThreadsException KeyMissing(string kind) => new(ThreadsErrorCode.KeyMissing, Strings.KeyMissing(kind));

    public static ThreadsException KeyDamaged(string kind) => new(ThreadsErrorCode.KeyDamaged, Strings.KeyDamaged(kind));

    public static ThreadsException NotAThread(string file) => new(ThreadsErrorCode.NotAThread, Strings.NotAThread(file));

    public static ThreadsException NotAReplicaStore(string file) => new(ThreadsErrorCode.NotAThread, Strings.NotAReplicaStore(file));

    public static ThreadsException OtherReplicaKey(string file, string thread) => new(ThreadsErrorCode.OtherKey, Strings.OtherReplicaKey(file, thread));

    public static ThreadsException ReplicaRemoved(string thread) => new(ThreadsErrorCode.OtherThread, Strings.ReplicaRemoved(thread));

    public static ThreadsException NotADatabase(string file, Exception inner) => new(ThreadsErrorCode.NotADatabase, Strings.NotADatabase(file), inner, SQLitePCL.raw.SQLITE_NOTADB);

    public static ThreadsException NewerFile(string file, long version, int ours) => new(ThreadsErrorCode.NewerFile, Strings.NewerFile(file, version, ours));

    public static ThreadsException OtherThread(string file, string has, string wanted) => new(ThreadsErrorCode.OtherThread, Strings.OtherThread(file, has, wanted));

    public static ThreadsException OtherKey(string file) => new(ThreadsErrorCode.OtherKey, Strings.OtherKey(file));

    public static ThreadsException ThreadKeyMissing(string thread) => new(ThreadsErrorCode.ThreadKeyMissing, Strings.ThreadKeyMissing(thread));

    public static ThreadsException ReadOnly() => new(ThreadsErrorCode.ReadOnly, Strings.ReadOnly(), sqliteErrorCode: SQLitePCL.raw.SQLITE_READONLY);

    public static ThreadsException RecordDamaged(string cid, long log, long position, Exception? inner) => new(ThreadsErrorCode.RecordDamaged, Strings.RecordDamaged(cid, log, position), inner);

    public static ThreadsException LogMissing(long log) => new(ThreadsErrorCode.RecordDamaged, Strings.LogMissing(log));

    public static ThreadsException RecordRefused(string cid, string reason, Exception? inner) => new(ThreadsErrorCode.RecordRefused, Strings.RecordRefused(cid, reason), inner);

    public static ThreadsException ImportTruncated(long records, Exception inner) => new(ThreadsErrorCode.ImportTruncated, Strings.ImportTruncated(records), inner);

    public static ThreadsException ImportDamaged(long records, string reason, Exception? inner) => new(ThreadsErrorCode.ImportDamaged, Strings.ImportDamaged(records, reason), inner);

    public static ThreadsException ImportForeign() => new(ThreadsErrorCode.ImportForeign, Strings.ImportForeign());

    public static ThreadsException VerifyFailed(string what) => new(ThreadsErrorCode.VerifyFailed, Strings.VerifyFailed(what));

    public static ThreadsException BackupTarget(string file) => new(ThreadsErrorCode.BackupTarget, Strings.BackupTarget(file));

    public static ThreadsException BackupInTransaction() => new(ThreadsErrorCode.Refused, Strings.BackupInTransaction());

    public static ThreadsException ImportSource(string file, Exception inner) => new(ThreadsErrorCode.ImportSource, Strings.ImportSource(file), inner);

    public static ThreadsException ImportTable(string table, string reason) => new(ThreadsErrorCode.ImportTable, Strings.ImportTable(table, reason));

    public static ThreadsException TransactionTooLarge(long size, long limit) => new(ThreadsErrorCode.TransactionTooLarge, Strings.TransactionTooLarge(size, limit));

    public static ThreadsException TimeBackwards(string cid, long time, long head) => new(ThreadsErrorCode.RecordRefused, Strings.TimeBackwards(cid, time, head));

    public static ThreadsException ImportDisorder(long limit) => new(ThreadsErrorCode.ImportDamaged, Strings.ImportDisorder(limit));

    public static ThreadsException ReplicaOnly() => new(ThreadsErrorCode.KeyMissing, Strings.ReplicaOnly());

    public static ThreadsException LocalTooLate(string name) => new(ThreadsErrorCode.Refused, Strings.LocalTooLate(name));

    public static ThreadsException MergeColumn(string table, string column, string reason) => new(ThreadsErrorCode.Refused, Strings.MergeColumn(table, column, reason));

    public static ThreadsException ForeignKeyMissing(string table, string key) => new(ThreadsErrorCode.ForeignKeyMissing, Strings.ForeignKeyMissing(table, key), sqliteErrorCode: SQLitePCL.raw.SQLITE_CONSTRAINT);

    public static ThreadsException NoKeyRange(string table) => new(ThreadsErrorCode.NoKeyRange, Strings.NoKeyRange(table));

    public static ThreadsException JsonSchemaText(string why, Exception? inner) => new(ThreadsErrorCode.JsonSchemaText, Strings.JsonSchemaText(why), inner);

    public static ThreadsException JsonSchemaRow(string entity, string table, string key, string errors, int more)
        => new(ThreadsErrorCode.JsonSchema, Strings.JsonSchemaRow(entity, table, key, errors, more));

    public static ThreadsException AccessDenied(string role, string table, string key, string reason) => new(ThreadsErrorCode.AccessDenied, Strings.AccessDenied(role, table, key, reason));

    public static ThreadsException AccessNotAdmin(string peer) => new(ThreadsErrorCode.AccessDenied, Strings.AccessNotAdmin(peer));

    public static ThreadsException AccessOwner(string peer) => new(ThreadsErrorCode.AccessDenied, Strings.AccessOwner(peer));

    public static ThreadsException AccessSenior(string peer) => new(ThreadsErrorCode.AccessDenied, Strings.AccessSenior(peer));

    public static ThreadsException CapabilityIssuer(string peer) => new(ThreadsErrorCode.AccessDenied, Strings.CapabilityIssuer(peer));

    public static ThreadsException AccessChange(string why) => new(ThreadsErrorCode.AccessChange, why);

    public static ThreadsException InvitationDamaged(string why, Exception inner) => new(ThreadsErrorCode.InvitationDamaged, Strings.InvitationDamaged(why), inner);

    public static ThreadsException InvitationExpired(string id) => new(ThreadsErrorCode.InvitationExpired, Strings.InvitationExpired(id));

    public static ThreadsException InvitationAddressed(string to) => new(ThreadsErrorCode.InvitationAddressed, Strings.InvitationAddressed(to));

    public static ThreadsException InvitationWithdrawn(string id) => new(ThreadsErrorCode.InvitationWithdrawn, Strings.InvitationWithdrawn(id));

    public static ThreadsException InvitationUsedUp(string id) => new(ThreadsErrorCode.InvitationUsedUp, Strings.InvitationUsedUp(id));

    public static ThreadsException InvitationAhead(string id) => new(ThreadsErrorCode.InvitationAhead, Strings.InvitationAhead(id));

    public static ThreadsException NoRival(string table, string key) => new(ThreadsErrorCode.NoRival, Strings.NoRival(table, key));
}
