namespace Threads.Simulation;

/// <summary>Something that must hold did not.</summary>
internal sealed class CheckFailedException(string check, string message, Exception? inner = null) : Exception($"{check}: {message}", inner)
{
    /// <summary>Which check; a shrunk trace must fail the same one.</summary>
    public string Check { get; } = check;
}
