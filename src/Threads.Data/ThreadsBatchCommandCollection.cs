using System.Data.Common;

namespace Threads.Data;

/// <summary>The texts of a batch, in the order they run.</summary>
public sealed class ThreadsBatchCommandCollection : DbBatchCommandCollection
{
    private readonly List<ThreadsBatchCommand> _commands = [];

    internal ThreadsBatchCommandCollection()
    {
    }

    /// <inheritdoc/>
    public override int Count => _commands.Count;

    /// <inheritdoc/>
    public override bool IsReadOnly => false;

    /// <summary>The text at a place.</summary>
    /// <param name="index">From 0.</param>
    public new ThreadsBatchCommand this[int index]
    {
        get => _commands[index];
        set => _commands[index] = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <inheritdoc/>
    public override void Add(DbBatchCommand item) => _commands.Add(Typed(item));

    /// <inheritdoc/>
    public override void Clear() => _commands.Clear();

    /// <inheritdoc/>
    public override bool Contains(DbBatchCommand item) => _commands.Contains(item);

    /// <inheritdoc/>
    public override void CopyTo(DbBatchCommand[] array, int arrayIndex)
    {
        ArgumentNullException.ThrowIfNull(array);
        foreach (var command in _commands) array[arrayIndex++] = command;
    }

    /// <inheritdoc/>
    public override IEnumerator<DbBatchCommand> GetEnumerator() => _commands.GetEnumerator();

    /// <inheritdoc/>
    public override int IndexOf(DbBatchCommand item) => _commands.FindIndex(c => ReferenceEquals(c, item));

    /// <inheritdoc/>
    public override void Insert(int index, DbBatchCommand item) => _commands.Insert(index, Typed(item));

    /// <inheritdoc/>
    public override bool Remove(DbBatchCommand item) => item is ThreadsBatchCommand command && _commands.Remove(command);

    /// <inheritdoc/>
    public override void RemoveAt(int index) => _commands.RemoveAt(index);

    /// <inheritdoc/>
    protected override DbBatchCommand GetBatchCommand(int index) => _commands[index];

    /// <inheritdoc/>
    protected override void SetBatchCommand(int index, DbBatchCommand batchCommand) => _commands[index] = Typed(batchCommand);

    private static ThreadsBatchCommand Typed(DbBatchCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return (ThreadsBatchCommand)command;
    }
}
