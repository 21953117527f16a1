using Threads.Data.Capture;

namespace Threads.Data;

/// <summary>A command text on one connection: its statements, compiled as they are first reached and kept for the next execution.</summary>
internal sealed class CommandScript(string text)
{
    private PreparedStatement?[]? _prepared;

    public string Text { get; } = text;

    public SqlStatement[] Statements { get; } = SqlScript.Split(text);

    /// <summary>Dropped from the cache: statements still in use are disposed by their readers.</summary>
    public bool IsDropped { get; private set; }

    /// <summary>The compiled statement at a place, taken for one execution; give it back with <see cref="Release"/>. Another text to <paramref name="run"/> in its place is compiled for once.</summary>
    public PreparedStatement Take(int index, SQLitePCL.sqlite3 database, SqlStatement run)
    {
        if (!ReferenceEquals(run, Statements[index]))
        {
            var once = PreparedStatement.Prepare(database, run);
            once.IsOrphan = once.IsInUse = true;
            return once;
        }

        _prepared ??= new PreparedStatement?[Statements.Length];
        var statement = _prepared[index];
        if (statement is null)
        {
            statement = PreparedStatement.Prepare(database, Statements[index]);
            if (IsDropped) statement.IsOrphan = true;
            else _prepared[index] = statement;
        }
        else if (statement.IsInUse)
        {
            statement = PreparedStatement.Prepare(database, Statements[index]);
            statement.IsOrphan = true;
        }
        statement.IsInUse = true;
        return statement;
    }

    public static void Release(PreparedStatement statement)
    {
        statement.Reset();
        statement.IsInUse = false;
        if (statement.IsOrphan) statement.Dispose();
    }

    public void Drop()
    {
        IsDropped = true;
        foreach (var statement in _prepared ?? [])
        {
            if (statement is null) continue;
            if (statement.IsInUse) statement.IsOrphan = true;
            else statement.Dispose();
        }
        _prepared = null;
    }
}
