using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Threads.Data.Resources;

namespace Threads.Data;

/// <summary>One text of a batch, with parameters of its own.</summary>
public sealed class ThreadsBatchCommand : DbBatchCommand
{
    private ThreadsParameterCollection? _parameters;
    private string _commandText = "";
    private int _recordsAffected = -1;

    /// <summary>A text that is set later.</summary>
    public ThreadsBatchCommand()
    {
    }

    /// <summary>A text.</summary>
    /// <param name="commandText">SQL in SQLite's dialect.</param>
    public ThreadsBatchCommand(string? commandText) => CommandText = commandText;

    /// <summary>SQL in SQLite's dialect; statements are separated by semicolons.</summary>
    [AllowNull]
    public override string CommandText
    {
        get => _commandText;
        set => _commandText = value ?? "";
    }

    /// <summary>Always <see cref="CommandType.Text"/>.</summary>
    public override CommandType CommandType
    {
        get => CommandType.Text;
        set
        {
            if (value != CommandType.Text) throw new ArgumentException(Strings.Ado_CommandTypeNotSupported(value), nameof(value));
        }
    }

    /// <summary>Rows this text inserted, updated or deleted; -1 when it could not, or has not run.</summary>
    public override int RecordsAffected => _recordsAffected;

    /// <summary>The values of the text's parameters.</summary>
    public new ThreadsParameterCollection Parameters => _parameters ??= new ThreadsParameterCollection();

    /// <inheritdoc/>
    public override bool CanCreateParameter => true;

    /// <inheritdoc/>
    protected override DbParameterCollection DbParameterCollection => Parameters;

    internal ThreadsParameterCollection? ParametersOrNull => _parameters;

    /// <inheritdoc/>
    public override ThreadsParameter CreateParameter() => new();

    internal void SetRecordsAffected(int value) => _recordsAffected = value;
}
