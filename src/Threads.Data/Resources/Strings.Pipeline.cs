namespace Threads.Data.Resources;

internal static partial class Strings
{
    public static string NullKey(string table, string column) => Get("Pipeline_NullKey", table, column);

    public static string UnknownRow(string table) => Get("Pipeline_UnknownRow", table);

    public static string NoKey(string table) => Get("Pipeline_NoKey", table);

    public static string WritableSchema() => Get("Pipeline_WritableSchema");

    public static string StrayWrites() => Get("Pipeline_StrayWrites");

    public static string AttachedThread(string schema) => Get("Pipeline_AttachedThread", schema);

    public static string InternalTable(string text) => Get("Pipeline_InternalTable", text);

    public static string PasswordMissing() => Get("Pipeline_PasswordMissing");

    public static string PasswordWrong() => Get("Pipeline_PasswordWrong");

    public static string KeyMissing(string kind) => Get("Pipeline_KeyMissing", kind);

    public static string KeyDamaged(string kind) => Get("Pipeline_KeyDamaged", kind);

    public static string NotAThread(string file) => Get("Pipeline_NotAThread", file);

    public static string NotAReplicaStore(string file) => Get("Pipeline_NotAReplicaStore", file);

    public static string OtherReplicaKey(string file, string thread) => Get("Pipeline_OtherReplicaKey", file, thread);

    public static string NotServed(string thread) => Get("Pipeline_NotServed", thread);

    public static string ReplicaRemoved(string thread) => Get("Pipeline_ReplicaRemoved", thread);

    public static string NotADatabase(string file) => Get("Pipeline_NotADatabase", file);

    public static string NewerFile(string file, long version, int ours) => Get("Pipeline_NewerFile", file, version, ours);

    public static string OtherThread(string file, string has, string wanted) => Get("Pipeline_OtherThread", file, has, wanted);

    public static string OtherKey(string file) => Get("Pipeline_OtherKey", file);

    public static string ThreadKeyMissing(string thread) => Get("Pipeline_ThreadKeyMissing", thread);

    public static string ReadOnly() => Get("Pipeline_ReadOnly");

    public static string RecordDamaged(string cid, long log, long position) => Get("Pipeline_RecordDamaged", cid, log, position);

    public static string LogMissing(long log) => Get("Pipeline_LogMissing", log);

    public static string RecordRefused(string cid, string reason) => Get("Pipeline_RecordRefused", cid, reason);

    public static string ImportTruncated(long records) => Get("Pipeline_ImportTruncated", records);

    public static string ImportDamaged(long records, string reason) => Get("Pipeline_ImportDamaged", records, reason);

    public static string ImportForeign() => Get("Pipeline_ImportForeign");

    public static string VerifyFailed(string what) => Get("Pipeline_VerifyFailed", what);

    public static string BackupTarget(string file) => Get("Pipeline_BackupTarget", file);

    public static string BackupInTransaction() => Get("Pipeline_BackupInTransaction");

    public static string ImportSource(string file) => Get("Pipeline_ImportSource", file);

    public static string ImportTable(string table, string reason) => Get("Pipeline_ImportTable", table, reason);

    public static string TransactionTooLarge(long size, long limit) => Get("Pipeline_TransactionTooLarge", size, limit);

    public static string TimeBackwards(string cid, long time, long head) => Get("Pipeline_TimeBackwards", cid, time, head);

    public static string ImportDisorder(long limit) => Get("Pipeline_ImportDisorder", limit);

    public static string ReplicaOnly() => Get("Pipeline_ReplicaOnly");

    public static string UnknownMergeKind(string name) => Get("Merging_UnknownKind", name);

    public static string MergeColumn(string table, string column, string reason) => Get("Merging_Column", table, column, reason);

    public static string MergeNoTable() => Get("Merging_NoTable");

    public static string MergeNoColumn() => Get("Merging_NoColumn");

    public static string MergeKeyColumn() => Get("Merging_KeyColumn");

    public static string MergeAlone() => Get("Merging_Alone");

    public static string LocalTooLate(string name) => Get("Pipeline_LocalTooLate", name);

    public static string ConnectionClosed() => Get("Pipeline_ConnectionClosed");

    public static string HeadsFormat() => Get("Pipeline_HeadsFormat");

    public static string ReasonNoLog() => Get("Pipeline_ReasonNoLog");

    public static string ReasonIdentity() => Get("Pipeline_ReasonIdentity");

    public static string ReasonPosition(long says, long stands) => Get("Pipeline_ReasonPosition", says, stands);

    public static string ReasonNoOpening() => Get("Pipeline_ReasonNoOpening");

    public static string ReasonOtherThread() => Get("Pipeline_ReasonOtherThread");

    public static string ReasonOpeningSignature() => Get("Pipeline_ReasonOpeningSignature");

    public static string ReasonSignature() => Get("Pipeline_ReasonSignature");

    public static string ReasonPayload(string detail) => Get("Pipeline_ReasonPayload", detail);

    public static string ReasonBlocks(string detail) => Get("Pipeline_ReasonBlocks", detail);

    public static string ReasonBroken() => Get("Pipeline_ReasonBroken");

    public static string ReasonTooManyWaiting() => Get("Pipeline_ReasonTooManyWaiting");

    public static string ReasonNameOfOurs() => Get("Pipeline_ReasonNameOfOurs");

    public static string ReasonNameTaken() => Get("Pipeline_ReasonNameTaken");

    public static string ReasonNullKey(string column) => Get("Pipeline_ReasonNullKey", column);

    public static string ReasonSchemaText(string sql) => Get("Pipeline_ReasonSchemaText", sql);

    public static string ReasonNoRowId() => Get("Pipeline_ReasonNoRowId");

    public static string ReasonRow(string key, string message) => Get("Pipeline_ReasonRow", key, message);

    public static string VerifyFile(string detail) => Get("Pipeline_VerifyFile", detail);

    public static string VerifyRecord(string cid, long position, string log, string problem) => Get("Pipeline_VerifyRecord", cid, position, log, problem);

    public static string VerifyTable(string table, string key) => Get("Pipeline_VerifyTable", table, key);

    public static string HistoryTable(string table) => Get("Pipeline_HistoryTable", table);

    public static string HistoryKey(string table, string columns, int count) => Get("Pipeline_HistoryKey", table, columns, count);

    public static string HistoryKeyValue(string type) => Get("Pipeline_HistoryKeyValue", type);

    public static string VerifyNoLog() => Get("Pipeline_VerifyNoLog");

    public static string VerifyMissing() => Get("Pipeline_VerifyMissing");

    public static string VerifyMalformed() => Get("Pipeline_VerifyMalformed");

    public static string VerifyCid(string computed) => Get("Pipeline_VerifyCid", computed);

    public static string VerifyOtherLog() => Get("Pipeline_VerifyOtherLog");

    public static string VerifyTime(long time, long before, long stored) => Get("Pipeline_VerifyTime", time, before, stored);
    public static string NoKeyRange(string table) => Get("Pipeline_NoKeyRange", table);
}
