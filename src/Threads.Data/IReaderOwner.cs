namespace Threads.Data;

/// <summary>What a reader runs: the one text of a command, or the texts of a batch in order.</summary>
internal interface IReaderOwner
{
    /// <summary>Whether everything runs in one transaction when the caller has none.</summary>
    bool IsAtomic { get; }

    /// <summary>The text at a place with its parameters; null past the last.</summary>
    (CommandScript Script, ThreadsParameterCollection? Parameters)? Script(int index, PhysicalConnection physical);

    /// <summary>The text at a place is through; <paramref name="recordsAffected"/> counts from the first one on.</summary>
    void Finished(int index, int recordsAffected);

    /// <summary>The batch command at a place; null when the owner is no batch.</summary>
    ThreadsBatchCommand? CommandAt(int index);

    void ReaderClosed();
}
