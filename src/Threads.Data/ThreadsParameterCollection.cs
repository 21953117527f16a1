using System.Collections;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Threads.Data.Resources;

namespace Threads.Data;

/// <summary>The parameters of a command. Names are compared exactly, as SQLite does.</summary>
public sealed class ThreadsParameterCollection : DbParameterCollection
{
    private readonly List<ThreadsParameter> _parameters = [];

    internal ThreadsParameterCollection()
    {
    }

    /// <inheritdoc/>
    public override int Count => _parameters.Count;

    /// <inheritdoc/>
    public override object SyncRoot => ((ICollection)_parameters).SyncRoot;

    /// <summary>The parameter at a place.</summary>
    /// <param name="index">From 0.</param>
    public new ThreadsParameter this[int index]
    {
        get => _parameters[index];
        set => _parameters[index] = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>The parameter of a name.</summary>
    /// <param name="parameterName">As <see cref="ThreadsParameter.ParameterName"/> has it.</param>
    /// <exception cref="IndexOutOfRangeException">There is none.</exception>
    public new ThreadsParameter this[string parameterName]
    {
        get => _parameters[Find(parameterName)];
        set => this[Find(parameterName)] = value;
    }

    /// <summary>Adds a parameter.</summary>
    /// <param name="value">The parameter.</param>
    /// <returns>The same parameter.</returns>
    public ThreadsParameter Add(ThreadsParameter value)
    {
        ArgumentNullException.ThrowIfNull(value);
        _parameters.Add(value);
        return value;
    }

    /// <summary>Adds a parameter whose value is set later.</summary>
    /// <param name="parameterName">With the prefix used in the text, or without.</param>
    /// <param name="type">How its value is stored, where its CLR type leaves a choice.</param>
    public ThreadsParameter Add(string? parameterName, SqliteType type) => Add(new ThreadsParameter(parameterName, type));

    /// <summary>Adds a parameter whose value is set later.</summary>
    /// <param name="parameterName">With the prefix used in the text, or without.</param>
    /// <param name="type">How its value is stored, where its CLR type leaves a choice.</param>
    /// <param name="size">Characters or bytes to keep; longer values are cut.</param>
    /// <param name="sourceColumn">The column of a data set the value comes from.</param>
    public ThreadsParameter Add(string? parameterName, SqliteType type, int size, string? sourceColumn = null) =>
        Add(new ThreadsParameter(parameterName, type, size, sourceColumn));

    /// <inheritdoc/>
    public override int Add(object value)
    {
        _parameters.Add(Typed(value));
        return Count - 1;
    }

    /// <summary>Adds a named value.</summary>
    /// <param name="parameterName">With the prefix used in the text, or without.</param>
    /// <param name="value">The value; <see cref="DBNull.Value"/> for NULL.</param>
    public ThreadsParameter AddWithValue(string? parameterName, object? value) => Add(new ThreadsParameter(parameterName, value));

    /// <summary>Adds several parameters.</summary>
    /// <param name="values">The parameters.</param>
    public void AddRange(IEnumerable<ThreadsParameter> values) => _parameters.AddRange(values);

    /// <inheritdoc/>
    public override void AddRange(Array values)
    {
        ArgumentNullException.ThrowIfNull(values);
        foreach (var value in values) Add(value!);
    }

    /// <inheritdoc/>
    public override void Clear() => _parameters.Clear();

    /// <inheritdoc/>
    public override bool Contains(object value) => IndexOf(value) >= 0;

    /// <inheritdoc/>
    public override bool Contains(string value) => IndexOf(value) >= 0;

    /// <inheritdoc/>
    public override void CopyTo(Array array, int index) => ((ICollection)_parameters).CopyTo(array, index);

    /// <inheritdoc/>
    public override IEnumerator GetEnumerator() => _parameters.GetEnumerator();

    /// <inheritdoc/>
    public override int IndexOf(object value) => value is ThreadsParameter parameter ? _parameters.IndexOf(parameter) : -1;

    /// <inheritdoc/>
    public override int IndexOf(string parameterName) => _parameters.FindIndex(p => string.Equals(p.ParameterName, parameterName, StringComparison.Ordinal));

    /// <inheritdoc/>
    public override void Insert(int index, object value) => _parameters.Insert(index, Typed(value));

    /// <inheritdoc/>
    public override void Remove(object value) => _parameters.Remove(Typed(value));

    /// <inheritdoc/>
    public override void RemoveAt(int index) => _parameters.RemoveAt(index);

    /// <inheritdoc/>
    public override void RemoveAt(string parameterName) => RemoveAt(Find(parameterName));

    /// <inheritdoc/>
    protected override DbParameter GetParameter(int index) => this[index];

    /// <inheritdoc/>
    protected override DbParameter GetParameter(string parameterName) => this[parameterName];

    /// <inheritdoc/>
    protected override void SetParameter(int index, DbParameter value) => this[index] = Typed(value);

    /// <inheritdoc/>
    protected override void SetParameter(string parameterName, DbParameter value) => this[parameterName] = Typed(value);

    private static ThreadsParameter Typed(object value) =>
        value as ThreadsParameter ?? throw new InvalidCastException(Strings.Ado_ParameterTypeExpected(value?.GetType().Name ?? "null"));

#pragma warning disable CA2201 // DbParameterCollection's contract names this type.
    private int Find(string parameterName) =>
        IndexOf(parameterName) is var index && index >= 0 ? index : throw new IndexOutOfRangeException(Strings.Ado_ParameterNotFound(parameterName));
#pragma warning restore CA2201
}
