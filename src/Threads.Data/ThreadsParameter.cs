using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using Threads.Data.Resources;

namespace Threads.Data;

/// <summary>A value for a parameter of a command text, found by name; SQLite stores it by the value's own type.</summary>
public sealed class ThreadsParameter : DbParameter
{
    private const int NoSize = -1;
    private string _name = "";
    private string _sourceColumn = "";
    private int? _size;
    private SqliteType? _type;

    /// <summary>A parameter whose name and value are set later.</summary>
    public ThreadsParameter()
    {
    }

    /// <summary>A named value.</summary>
    /// <param name="name">With the prefix used in the text (@, $ or :), or without.</param>
    /// <param name="value">The value; <see cref="DBNull.Value"/> for NULL.</param>
    public ThreadsParameter(string? name, object? value)
    {
        ParameterName = name;
        Value = value;
    }

    /// <summary>A parameter of a storage class, whose value is set later.</summary>
    /// <param name="name">With the prefix used in the text (@, $ or :), or without.</param>
    /// <param name="type">How the value is stored, where its CLR type leaves a choice.</param>
    public ThreadsParameter(string? name, SqliteType type)
    {
        ParameterName = name;
        SqliteType = type;
    }

    /// <summary>A parameter of a storage class and a longest size, whose value is set later.</summary>
    /// <param name="name">With the prefix used in the text (@, $ or :), or without.</param>
    /// <param name="type">How the value is stored, where its CLR type leaves a choice.</param>
    /// <param name="size">Characters or bytes to keep; longer values are cut.</param>
    /// <param name="sourceColumn">The column of a data set the value comes from.</param>
    public ThreadsParameter(string? name, SqliteType type, int size, string? sourceColumn = null)
        : this(name, type)
    {
        Size = size;
        SourceColumn = sourceColumn;
    }

    /// <summary>Kept for callers that set it; SQLite decides by the value. Use <see cref="SqliteType"/> to choose a storage class.</summary>
    public override DbType DbType { get; set; } = DbType.String;

    /// <summary>How the value is stored where its CLR type leaves a choice: a Guid as TEXT or BLOB, dates and times as TEXT or REAL, a char as TEXT or INTEGER.</summary>
    public SqliteType SqliteType
    {
        get => _type ?? ParameterBinder.TypeOf(Value);
        set => _type = value;
    }

    /// <summary>Always <see cref="ParameterDirection.Input"/>.</summary>
    /// <exception cref="ArgumentException">Another direction was set.</exception>
    public override ParameterDirection Direction
    {
        get => ParameterDirection.Input;
        set
        {
            if (value != ParameterDirection.Input) throw new ArgumentException(Strings.Ado_ParameterDirectionNotSupported(value), nameof(value));
        }
    }

    /// <inheritdoc/>
    public override bool IsNullable { get; set; }

    /// <summary>The name, with the prefix used in the text (@, $ or :) or without.</summary>
    [AllowNull]
    public override string ParameterName
    {
        get => _name;
        set => _name = value ?? "";
    }

    /// <summary>Characters or bytes to keep, -1 for all; longer values are cut. Unset it is the value's own length.</summary>
    public override int Size
    {
        get => _size ?? (Value as string)?.Length ?? (Value as byte[])?.Length ?? 0;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, NoSize);
            _size = value;
        }
    }

    /// <inheritdoc/>
    [AllowNull]
    public override string SourceColumn
    {
        get => _sourceColumn;
        set => _sourceColumn = value ?? "";
    }

    /// <inheritdoc/>
    public override bool SourceColumnNullMapping { get; set; }

    /// <summary>The value; <see cref="DBNull.Value"/> for NULL. A null reference means it was not set and fails when the command runs.</summary>
    public override object? Value { get; set; }

    /// <inheritdoc/>
    public override void ResetDbType()
    {
        DbType = DbType.String;
        _type = null;
    }

    /// <summary>Whether this parameter is the one called <paramref name="name"/>, prefix included, in a statement.</summary>
    internal bool Fits(string name)
    {
        var own = _name;
        if (own.Length == name.Length) return string.Equals(own, name, StringComparison.Ordinal);
        return own.Length == name.Length - 1 && name.AsSpan(1).SequenceEqual(own) && name[0] is '@' or '$' or ':';
    }

    internal void Bind(sqlite3_stmt statement, int index, sqlite3 database)
    {
        if (Value is null) throw new InvalidOperationException(Strings.Ado_ParameterValueMissing(_name));
        ThreadsException.ThrowOnError(ParameterBinder.Bind(statement, index, Value, _size ?? NoSize, _type), database);
    }
}
