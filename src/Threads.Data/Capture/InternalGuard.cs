using System.Runtime.InteropServices;
using Threads.Data.Sqlite;

namespace Threads.Data.Capture;

/// <summary>
/// Refuses statements that write, drop or alter our own tables. Only a text that mentions them comes here: it is compiled once under an authorizer, which sees
/// through views, triggers and quoting; a permanent authorizer would cost every statement (docs/decisions).
/// </summary>
internal sealed unsafe class InternalGuard(SqliteDatabase database)
{
    private const string InternalPrefix = "_threads_";
    private const int Deny = 1;
    private const int Insert = 18;
    private const int Update = 23;
    private const int Delete = 9;
    private const int AlterTable = 26;

    /// <summary>Our views, and names kept for later ones; other names that begin like them are the user's.</summary>
    private static readonly string[] Views =
        ["threads_records", "threads_logs", "threads_heads", "threads_addresses", "threads_peers", "threads_conflicts", "threads_forks", "threads_collections", "threads_merges", "threads_history", "threads_members", "threads_size",
        "threads_access", "threads_groups", "threads_capabilities", "threads_refused", "threads_invites", "threads_joins"];

    /// <summary>Throws when the statement would change an internal table, view, index or trigger.</summary>
    public void Check(SqlStatement statement)
    {
        if (statement.Kind is not (SqlStatementKind.Write or SqlStatementKind.Schema))
        {
            return;
        }

        if (statement.NewName is { } renamed && IsInternal(renamed) || WritesInternal(statement))
        {
            throw ThreadsErrors.InternalTable(statement.Text, null);
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

    /// <summary>A trigger's body is compiled when it fires, whose text mentions nothing any more.</summary>
    private static bool WritesInternal(SqlStatement statement)
        => statement is { Verb: "CREATE", SchemaObject: "TRIGGER" } && TriggerText.Parse("", "", statement.Text).Writes.Any(IsInternal);

    private static bool IsInternal(string name)
        => name.StartsWith(InternalPrefix, StringComparison.OrdinalIgnoreCase) || Array.Exists(Views, v => string.Equals(v, name, StringComparison.OrdinalIgnoreCase));

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
        return IsInternal(System.Text.Encoding.UTF8.GetString(text));
    }
}
