using System.Runtime.InteropServices;
using Threads.Data.Sqlite;

namespace Threads.Data.Capture;

/// <summary>
/// Refuses statements that write, drop or alter our own tables. Only a text that mentions them comes here: it is compiled once under an authorizer, which sees
/// through views, triggers and quoting; a permanent authorizer would cost every statement (docs/decisions).
/// </summary>
internal sealed unsafe class InternalGuard(SqliteDatabase database)
{
    private const int Deny = 1;
    private const int Insert = 18;
    private const int Update = 23;
    private const int Delete = 9;
    private const int AlterTable = 26;

    /// <summary>Throws when the statement would change an internal table, view, index or trigger.</summary>
    public void Check(SqlStatement statement)
    {
        if (statement.Kind is not (SqlStatementKind.Write or SqlStatementKind.Schema))
        {
            return;
        }

        var denied = 0;
        SqliteNative.SetAuthorizer(database.Handle, &Authorize, (nint)(&denied));
        try
        {
            database.Prepare(statement.Text).Dispose();
        }
        catch (Microsoft.Data.Sqlite.SqliteException) when (denied == 0)
        {
            // Not ours to report: the statement itself will fail with SQLite's own words.
            return;
        }
        catch (Microsoft.Data.Sqlite.SqliteException e)
        {
            throw ThreadsErrors.InternalTable(statement.Text, e);
        }
        finally
        {
            SqliteNative.SetAuthorizer(database.Handle, null, 0);
        }
    }

    [UnmanagedCallersOnly]
    private static int Authorize(nint data, int action, byte* first, byte* second, byte* schema, byte* trigger)
    {
        // Names of what is created or dropped come first, a trigger's or index's table second; trigger is set for what our own capture writes.
        var writes = action is Insert or Update or Delete or AlterTable || (action is >= 1 and <= 17 && action != Delete);
        if (!writes || !(IsInternal(first) || IsInternal(second)) || (trigger is not null && IsInternal(trigger)))
        {
            return SqliteNative.Ok;
        }

        *(int*)data = 1;
        return Deny;
    }

    private static bool IsInternal(byte* name)
    {
        if (name is null)
        {
            return false;
        }

        var text = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name);
        return StartsWith(text, "_threads_"u8) || StartsWith(text, "threads_"u8);
    }

    private static bool StartsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> prefix)
        => text.Length >= prefix.Length && System.Text.Ascii.EqualsIgnoreCase(text[..prefix.Length], prefix);
}
