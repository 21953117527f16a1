using Microsoft.Data.Sqlite;

namespace Threads.Data;

/// <content>
/// Functions and collations of the user's, in C#. They stay with this object: a connection that is closed and opened again has them again.
/// State is what the delegate captures. Static lambdas cost nothing at later openings: a pooled connection that has the same ones keeps them.
/// </content>
public sealed partial class ThreadsConnection
{
    private Dictionary<string, UserFunction>? _functions;

    /// <summary>Makes a C# function callable from this connection's SQL, or removes it.</summary>
    /// <param name="name">As SQL calls it.</param>
    /// <param name="function">Called by SQLite for each use; null removes the function.</param>
    /// <param name="isDeterministic">Whether the same arguments always give the same result: SQLite may then call it less often, and use it in indexes.</param>
    public void CreateFunction<TResult>(string name, Func<TResult>? function, bool isDeterministic = false) =>
        Register("function", name, 0, function, isDeterministic, inner => inner.CreateFunction(name, function, isDeterministic));

    /// <inheritdoc cref="CreateFunction{TResult}(string, Func{TResult}?, bool)"/>
    public void CreateFunction<T1, TResult>(string name, Func<T1, TResult>? function, bool isDeterministic = false) =>
        Register("function", name, 1, function, isDeterministic, inner => inner.CreateFunction(name, function, isDeterministic));

    /// <inheritdoc cref="CreateFunction{TResult}(string, Func{TResult}?, bool)"/>
    public void CreateFunction<T1, T2, TResult>(string name, Func<T1, T2, TResult>? function, bool isDeterministic = false) =>
        Register("function", name, 2, function, isDeterministic, inner => inner.CreateFunction(name, function, isDeterministic));

    /// <inheritdoc cref="CreateFunction{TResult}(string, Func{TResult}?, bool)"/>
    public void CreateFunction<T1, T2, T3, TResult>(string name, Func<T1, T2, T3, TResult>? function, bool isDeterministic = false) =>
        Register("function", name, 3, function, isDeterministic, inner => inner.CreateFunction(name, function, isDeterministic));

    /// <inheritdoc cref="CreateFunction{TResult}(string, Func{TResult}?, bool)"/>
    public void CreateFunction<T1, T2, T3, T4, TResult>(string name, Func<T1, T2, T3, T4, TResult>? function, bool isDeterministic = false) =>
        Register("function", name, 4, function, isDeterministic, inner => inner.CreateFunction(name, function, isDeterministic));

    /// <inheritdoc cref="CreateFunction{TResult}(string, Func{TResult}?, bool)"/>
    public void CreateFunction<T1, T2, T3, T4, T5, TResult>(string name, Func<T1, T2, T3, T4, T5, TResult>? function, bool isDeterministic = false) =>
        Register("function", name, 5, function, isDeterministic, inner => inner.CreateFunction(name, function, isDeterministic));

    /// <inheritdoc cref="CreateFunction{TResult}(string, Func{TResult}?, bool)"/>
    public void CreateFunction<T1, T2, T3, T4, T5, T6, TResult>(string name, Func<T1, T2, T3, T4, T5, T6, TResult>? function, bool isDeterministic = false) =>
        Register("function", name, 6, function, isDeterministic, inner => inner.CreateFunction(name, function, isDeterministic));

    /// <inheritdoc cref="CreateFunction{TResult}(string, Func{TResult}?, bool)"/>
    public void CreateFunction<T1, T2, T3, T4, T5, T6, T7, TResult>(string name, Func<T1, T2, T3, T4, T5, T6, T7, TResult>? function, bool isDeterministic = false) =>
        Register("function", name, 7, function, isDeterministic, inner => inner.CreateFunction(name, function, isDeterministic));

    /// <inheritdoc cref="CreateFunction{TResult}(string, Func{TResult}?, bool)"/>
    public void CreateFunction<T1, T2, T3, T4, T5, T6, T7, T8, TResult>(string name, Func<T1, T2, T3, T4, T5, T6, T7, T8, TResult>? function, bool isDeterministic = false) =>
        Register("function", name, 8, function, isDeterministic, inner => inner.CreateFunction(name, function, isDeterministic));

    /// <summary>Makes a C# function with a state callable from this connection's SQL, or removes it.</summary>
    /// <param name="name">As SQL calls it.</param>
    /// <param name="state">Given to each call.</param>
    /// <param name="function">Called by SQLite for each use; null removes the function.</param>
    /// <param name="isDeterministic">Whether the same arguments always give the same result: SQLite may then call it less often, and use it in indexes.</param>
    public void CreateFunction<TState, TResult>(string name, TState state, Func<TState, TResult>? function, bool isDeterministic = false) =>
        Register("function", name, 0, function, isDeterministic, inner => inner.CreateFunction(name, state, function, isDeterministic), state);

    /// <inheritdoc cref="CreateFunction{TState, TResult}(string, TState, Func{TState, TResult}?, bool)"/>
    public void CreateFunction<TState, T1, TResult>(string name, TState state, Func<TState, T1, TResult>? function, bool isDeterministic = false) =>
        Register("function", name, 1, function, isDeterministic, inner => inner.CreateFunction(name, state, function, isDeterministic), state);

    /// <inheritdoc cref="CreateFunction{TState, TResult}(string, TState, Func{TState, TResult}?, bool)"/>
    public void CreateFunction<TState, T1, T2, TResult>(string name, TState state, Func<TState, T1, T2, TResult>? function, bool isDeterministic = false) =>
        Register("function", name, 2, function, isDeterministic, inner => inner.CreateFunction(name, state, function, isDeterministic), state);

    /// <inheritdoc cref="CreateFunction{TState, TResult}(string, TState, Func{TState, TResult}?, bool)"/>
    public void CreateFunction<TState, T1, T2, T3, TResult>(string name, TState state, Func<TState, T1, T2, T3, TResult>? function, bool isDeterministic = false) =>
        Register("function", name, 3, function, isDeterministic, inner => inner.CreateFunction(name, state, function, isDeterministic), state);

    /// <inheritdoc cref="CreateFunction{TState, TResult}(string, TState, Func{TState, TResult}?, bool)"/>
    public void CreateFunction<TState, T1, T2, T3, T4, TResult>(string name, TState state, Func<TState, T1, T2, T3, T4, TResult>? function, bool isDeterministic = false) =>
        Register("function", name, 4, function, isDeterministic, inner => inner.CreateFunction(name, state, function, isDeterministic), state);

    /// <summary>Makes a C# function of any number of arguments callable from this connection's SQL, or removes it.</summary>
    /// <inheritdoc cref="CreateFunction{TResult}(string, Func{TResult}?, bool)"/>
    public void CreateFunction<TResult>(string name, Func<object?[], TResult>? function, bool isDeterministic = false) =>
        Register("function", name, -1, function, isDeterministic, inner => inner.CreateFunction(name, function, isDeterministic));

    /// <summary>Makes a C# function of any number of arguments callable from this connection's SQL, or removes it.</summary>
    /// <inheritdoc cref="CreateFunction{TState, TResult}(string, TState, Func{TState, TResult}?, bool)"/>
    public void CreateFunction<TState, TResult>(string name, TState state, Func<TState, object?[], TResult>? function, bool isDeterministic = false) =>
        Register("function", name, -1, function, isDeterministic, inner => inner.CreateFunction(name, state, function, isDeterministic), state);

    /// <summary>Makes an order of text that SQL names by COLLATE, or removes it.</summary>
    /// <param name="name">As SQL calls it.</param>
    /// <param name="comparison">Compares two texts; null removes the collation.</param>
    public void CreateCollation(string name, Comparison<string>? comparison) =>
        Register("collation", name, 0, comparison, true, inner => inner.CreateCollation(name, comparison));

    /// <inheritdoc cref="CreateCollation(string, Comparison{string}?)"/>
    /// <param name="name">As SQL calls it.</param>
    /// <param name="state">Given to each comparison.</param>
    /// <param name="comparison">Compares two texts; null removes the collation.</param>
    public void CreateCollation<T>(string name, T state, Func<T, string, string, int>? comparison) =>
        Register("collation", name, 0, comparison, true, inner => inner.CreateCollation(name, state, comparison), state);

    private void Register(
        string kind, string name, int arity, Delegate? function, bool isDeterministic, Action<SqliteConnection> apply, object? state = null, Delegate? selector = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var key = $"{kind}/{name.ToUpperInvariant()}/{arity}";
        var entry = new UserFunction(function, state, selector, isDeterministic, apply);
        if (Physical is not null) Apply(key, entry);
        _functions ??= new Dictionary<string, UserFunction>(StringComparer.Ordinal);
        if (function is null) _functions.Remove(key);
        else _functions[key] = entry;
    }

    private void Apply(string key, UserFunction entry)
    {
        try
        {
            entry.Apply(Physical!.Session.Inner);
        }
        catch (SqliteException e)
        {
            throw ThreadsException.From(e);
        }
        Physical.Functions[key] = entry;
        // What is removed leaves a gap even where SQLite has a function of its own by that name.
        if (entry.Function is null) Physical.IsChanged = true;
    }
}
