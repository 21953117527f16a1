using Microsoft.Data.Sqlite;
using Threads.Data.Merging;

namespace Threads.Data.Capture;

/// <summary>
/// Declares how columns merge: from code, and from SQL as SELECT threads_merge('table', 'column', 'kind'), where NULL takes the declaration back. The function only takes down what it
/// is called with: the statement around it is treated as one that changes the schema, and what was taken down counts when it has ended.
/// </summary>
internal sealed class MergeDeclarations
{
    public const string Function = "threads_merge";
    public const string Verb = "MERGE";

    private readonly List<(string Table, string Column, string? Kind)> _called = [];
    private readonly SchemaCatalog _catalog;
    private bool _isOpen;

    public MergeDeclarations(SqliteConnection connection, SchemaCatalog catalog)
    {
        _catalog = catalog;
        connection.CreateFunction<string?, string?, string?, string?>(Function, Call);
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
        foreach (var (table, column, kind) in _called)
        {
            Declare(table, column, kind);
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

    private string? Call(string? table, string? column, string? kind)
    {
        if (!_isOpen)
        {
            throw new SqliteException(Resources.Strings.MergeAlone(), SQLitePCL.raw.SQLITE_ERROR);
        }

        _called.Add((table ?? "", column ?? "", kind));
        return kind;
    }
}
