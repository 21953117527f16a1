namespace Threads.Data;

/// <content>Aggregates of the user's, in C#.</content>
public sealed partial class ThreadsConnection
{
    /// <summary>Makes a C# aggregate callable from this connection's SQL, or removes it; it starts with the default of its type.</summary>
    /// <param name="name">As SQL calls it.</param>
    /// <param name="function">From the value so far and a row's arguments to the next value; null removes the aggregate.</param>
    /// <param name="isDeterministic">Whether the same rows always give the same result.</param>
    public void CreateAggregate<TAccumulate>(string name, Func<TAccumulate?, TAccumulate>? function, bool isDeterministic = false) =>
        Register("function", name, 0, function, isDeterministic, inner => inner.CreateAggregate(name, function, isDeterministic));

    /// <summary>Makes a C# aggregate callable from this connection's SQL, or removes it.</summary>
    /// <param name="name">As SQL calls it.</param>
    /// <param name="seed">The value before the first row.</param>
    /// <param name="function">From the value so far and a row's arguments to the next value; null removes the aggregate.</param>
    /// <param name="isDeterministic">Whether the same rows always give the same result.</param>
    public void CreateAggregate<TAccumulate>(string name, TAccumulate seed, Func<TAccumulate, TAccumulate>? function, bool isDeterministic = false) =>
        Register("function", name, 0, function, isDeterministic, inner => inner.CreateAggregate(name, seed, function, isDeterministic), seed);

    /// <summary>Makes a C# aggregate callable from this connection's SQL, or removes it.</summary>
    /// <param name="name">As SQL calls it.</param>
    /// <param name="seed">The value before the first row.</param>
    /// <param name="function">From the value so far and a row's arguments to the next value; null removes the aggregate.</param>
    /// <param name="resultSelector">From the last value to the result.</param>
    /// <param name="isDeterministic">Whether the same rows always give the same result.</param>
    public void CreateAggregate<TAccumulate, TResult>(
        string name, TAccumulate seed, Func<TAccumulate, TAccumulate>? function, Func<TAccumulate, TResult>? resultSelector, bool isDeterministic = false) =>
        Register("function", name, 0, function, isDeterministic, inner => inner.CreateAggregate(name, seed, function, resultSelector, isDeterministic), seed, resultSelector);

    /// <inheritdoc cref="CreateAggregate{TAccumulate}(string, Func{TAccumulate, TAccumulate}?, bool)"/>
    public void CreateAggregate<T1, TAccumulate>(string name, Func<TAccumulate?, T1, TAccumulate>? function, bool isDeterministic = false) =>
        Register("function", name, 1, function, isDeterministic, inner => inner.CreateAggregate(name, function, isDeterministic));

    /// <inheritdoc cref="CreateAggregate{TAccumulate}(string, TAccumulate, Func{TAccumulate, TAccumulate}?, bool)"/>
    public void CreateAggregate<T1, TAccumulate>(string name, TAccumulate seed, Func<TAccumulate, T1, TAccumulate>? function, bool isDeterministic = false) =>
        Register("function", name, 1, function, isDeterministic, inner => inner.CreateAggregate(name, seed, function, isDeterministic), seed);

    /// <inheritdoc cref="CreateAggregate{TAccumulate, TResult}(string, TAccumulate, Func{TAccumulate, TAccumulate}?, Func{TAccumulate, TResult}?, bool)"/>
    public void CreateAggregate<T1, TAccumulate, TResult>(
        string name, TAccumulate seed, Func<TAccumulate, T1, TAccumulate>? function, Func<TAccumulate, TResult>? resultSelector, bool isDeterministic = false) =>
        Register("function", name, 1, function, isDeterministic, inner => inner.CreateAggregate(name, seed, function, resultSelector, isDeterministic), seed, resultSelector);

    /// <inheritdoc cref="CreateAggregate{TAccumulate}(string, Func{TAccumulate, TAccumulate}?, bool)"/>
    public void CreateAggregate<T1, T2, TAccumulate>(string name, Func<TAccumulate?, T1, T2, TAccumulate>? function, bool isDeterministic = false) =>
        Register("function", name, 2, function, isDeterministic, inner => inner.CreateAggregate(name, function, isDeterministic));

    /// <inheritdoc cref="CreateAggregate{TAccumulate}(string, TAccumulate, Func{TAccumulate, TAccumulate}?, bool)"/>
    public void CreateAggregate<T1, T2, TAccumulate>(string name, TAccumulate seed, Func<TAccumulate, T1, T2, TAccumulate>? function, bool isDeterministic = false) =>
        Register("function", name, 2, function, isDeterministic, inner => inner.CreateAggregate(name, seed, function, isDeterministic), seed);

    /// <inheritdoc cref="CreateAggregate{TAccumulate, TResult}(string, TAccumulate, Func{TAccumulate, TAccumulate}?, Func{TAccumulate, TResult}?, bool)"/>
    public void CreateAggregate<T1, T2, TAccumulate, TResult>(
        string name, TAccumulate seed, Func<TAccumulate, T1, T2, TAccumulate>? function, Func<TAccumulate, TResult>? resultSelector, bool isDeterministic = false) =>
        Register("function", name, 2, function, isDeterministic, inner => inner.CreateAggregate(name, seed, function, resultSelector, isDeterministic), seed, resultSelector);

    /// <inheritdoc cref="CreateAggregate{TAccumulate}(string, Func{TAccumulate, TAccumulate}?, bool)"/>
    public void CreateAggregate<T1, T2, T3, TAccumulate>(string name, Func<TAccumulate?, T1, T2, T3, TAccumulate>? function, bool isDeterministic = false) =>
        Register("function", name, 3, function, isDeterministic, inner => inner.CreateAggregate(name, function, isDeterministic));

    /// <inheritdoc cref="CreateAggregate{TAccumulate}(string, TAccumulate, Func{TAccumulate, TAccumulate}?, bool)"/>
    public void CreateAggregate<T1, T2, T3, TAccumulate>(string name, TAccumulate seed, Func<TAccumulate, T1, T2, T3, TAccumulate>? function, bool isDeterministic = false) =>
        Register("function", name, 3, function, isDeterministic, inner => inner.CreateAggregate(name, seed, function, isDeterministic), seed);

    /// <inheritdoc cref="CreateAggregate{TAccumulate, TResult}(string, TAccumulate, Func{TAccumulate, TAccumulate}?, Func{TAccumulate, TResult}?, bool)"/>
    public void CreateAggregate<T1, T2, T3, TAccumulate, TResult>(
        string name, TAccumulate seed, Func<TAccumulate, T1, T2, T3, TAccumulate>? function, Func<TAccumulate, TResult>? resultSelector, bool isDeterministic = false) =>
        Register("function", name, 3, function, isDeterministic, inner => inner.CreateAggregate(name, seed, function, resultSelector, isDeterministic), seed, resultSelector);

    /// <inheritdoc cref="CreateAggregate{TAccumulate}(string, Func{TAccumulate, TAccumulate}?, bool)"/>
    public void CreateAggregate<T1, T2, T3, T4, TAccumulate>(string name, Func<TAccumulate?, T1, T2, T3, T4, TAccumulate>? function, bool isDeterministic = false) =>
        Register("function", name, 4, function, isDeterministic, inner => inner.CreateAggregate(name, function, isDeterministic));

    /// <inheritdoc cref="CreateAggregate{TAccumulate}(string, TAccumulate, Func{TAccumulate, TAccumulate}?, bool)"/>
    public void CreateAggregate<T1, T2, T3, T4, TAccumulate>(string name, TAccumulate seed, Func<TAccumulate, T1, T2, T3, T4, TAccumulate>? function, bool isDeterministic = false) =>
        Register("function", name, 4, function, isDeterministic, inner => inner.CreateAggregate(name, seed, function, isDeterministic), seed);

    /// <inheritdoc cref="CreateAggregate{TAccumulate, TResult}(string, TAccumulate, Func{TAccumulate, TAccumulate}?, Func{TAccumulate, TResult}?, bool)"/>
    public void CreateAggregate<T1, T2, T3, T4, TAccumulate, TResult>(
        string name, TAccumulate seed, Func<TAccumulate, T1, T2, T3, T4, TAccumulate>? function, Func<TAccumulate, TResult>? resultSelector, bool isDeterministic = false) =>
        Register("function", name, 4, function, isDeterministic, inner => inner.CreateAggregate(name, seed, function, resultSelector, isDeterministic), seed, resultSelector);

    /// <summary>Makes a C# aggregate of any number of arguments callable from this connection's SQL, or removes it.</summary>
    /// <inheritdoc cref="CreateAggregate{TAccumulate}(string, Func{TAccumulate, TAccumulate}?, bool)"/>
    public void CreateAggregate<TAccumulate>(string name, Func<TAccumulate?, object?[], TAccumulate>? function, bool isDeterministic = false) =>
        Register("function", name, -1, function, isDeterministic, inner => inner.CreateAggregate(name, function, isDeterministic));

    /// <summary>Makes a C# aggregate of any number of arguments callable from this connection's SQL, or removes it.</summary>
    /// <inheritdoc cref="CreateAggregate{TAccumulate}(string, TAccumulate, Func{TAccumulate, TAccumulate}?, bool)"/>
    public void CreateAggregate<TAccumulate>(string name, TAccumulate seed, Func<TAccumulate, object?[], TAccumulate>? function, bool isDeterministic = false) =>
        Register("function", name, -1, function, isDeterministic, inner => inner.CreateAggregate(name, seed, function, isDeterministic), seed);

    /// <summary>Makes a C# aggregate of any number of arguments callable from this connection's SQL, or removes it.</summary>
    /// <inheritdoc cref="CreateAggregate{TAccumulate, TResult}(string, TAccumulate, Func{TAccumulate, TAccumulate}?, Func{TAccumulate, TResult}?, bool)"/>
    public void CreateAggregate<TAccumulate, TResult>(
        string name, TAccumulate seed, Func<TAccumulate, object?[], TAccumulate>? function, Func<TAccumulate, TResult>? resultSelector, bool isDeterministic = false) =>
        Register("function", name, -1, function, isDeterministic, inner => inner.CreateAggregate(name, seed, function, resultSelector, isDeterministic), seed, resultSelector);
}
