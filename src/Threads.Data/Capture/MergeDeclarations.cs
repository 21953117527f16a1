using System.Runtime.InteropServices;
using System.Text;
using Threads.Data.Events;
using Threads.Data.Merging;
using Threads.Data.Sqlite;

namespace Threads.Data.Capture;

/// <summary>
/// Declares how columns merge: from code, and from SQL as SELECT threads_merge('table', 'column', 'kind'), where NULL takes the declaration back. The function only takes down what it
/// is called with: the statement around it is treated as one that changes the schema, and what was taken down counts when it has ended.
/// </summary>
internal sealed unsafe class MergeDeclarations : IDisposable
{
    public const string Function = "threads_merge";
    public const string Verb = "MERGE";

    private readonly List<Declaration> _called = [];
    private readonly SchemaCatalog _catalog;
    private readonly GCHandle _handle;
    private bool _isOpen;

    public MergeDeclarations(SqliteDatabase database, SchemaCatalog catalog)
    {
        _catalog = catalog;
        _handle = GCHandle.Alloc(this);
        SessionFunctions.Register(database, "threads_merge"u8, 3, &OnCall, GCHandle.ToIntPtr(_handle));
    }

    /// <summary>Before a statement that calls the function.</summary>
    public void Open()
    {
        _called.Clear();
        _isOpen = true;
    }

    /// <summary>After it. True when something was declared.</summary>
    public bool Close()
    {
        _isOpen = false;
        foreach (var called in _called)
        {
            Declare(called.Table, called.Column, called.Kind);
        }

        return _called.Count > 0;
    }

    /// <exception cref="ThreadsException">There is no such table or column, or no such kind.</exception>
    public void Declare(string table, string column, string? kind)
    {
        var schema = _catalog.Find(table) ?? throw ThreadsErrors.MergeColumn(table, column, Resources.Strings.MergeNoTable());
        var found = Array.Find(schema.Columns, c => string.Equals(c.Name, column, StringComparison.OrdinalIgnoreCase))
            ?? throw ThreadsErrors.MergeColumn(table, column, Resources.Strings.MergeNoColumn());
        if (found.IsKey)
        {
            throw ThreadsErrors.MergeColumn(table, column, Resources.Strings.MergeKeyColumn());
        }

        if (kind is not null && MergeKinds.Declared(kind) is null)
        {
            throw ThreadsErrors.MergeColumn(table, column, Resources.Strings.UnknownMergeKind(kind));
        }

        _catalog.Merges.Declare(schema.Collection, found.Id, kind);
        _catalog.Forget();
    }

    /// <summary>After the connection is closed.</summary>
    public void Dispose() => _handle.Free();

    /// <summary>Returns the kind it is called with. No exception may pass through SQLite.</summary>
    [UnmanagedCallersOnly]
    private static void OnCall(nint context, int count, nint* arguments)
    {
        var declarations = (MergeDeclarations)GCHandle.FromIntPtr(SqliteNative.UserData(context)).Target!;
        if (!declarations._isOpen)
        {
            var message = Encoding.UTF8.GetBytes(Resources.Strings.MergeAlone());
            fixed (byte* text = message)
            {
                SqliteNative.ResultError(context, text, message.Length);
            }

            return;
        }

        declarations._called.Add(new(Text(arguments[0]) ?? "", Text(arguments[1]) ?? "", Text(arguments[2])));
        SqlResult.Value(context, SqlValue.OfNative(arguments[2]));
    }

    private static string? Text(nint value)
        => SqliteNative.ValueType(value) == SqliteNative.Null ? null : Marshal.PtrToStringUTF8((nint)SqliteNative.ValueText(value));

    private sealed record Declaration(string Table, string Column, string? Kind);
}
