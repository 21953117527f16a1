using Microsoft.Extensions.Logging;

namespace Threads.Data;

/// <summary>Everything the ADO.NET types tell a logger. Values of parameters, passwords and keys are never among it.</summary>
internal static partial class LogMessages
{
    public const string Category = "Threads.Data";

    [LoggerMessage(EventId = 1, EventName = "ConnectionOpened", Level = LogLevel.Debug, Message = "Opened '{DataSource}'.")]
    public static partial void ConnectionOpened(ILogger logger, string dataSource);

    [LoggerMessage(EventId = 2, EventName = "ConnectionReused", Level = LogLevel.Trace, Message = "Took a connection to '{DataSource}' from the pool.")]
    public static partial void ConnectionReused(ILogger logger, string dataSource);

    [LoggerMessage(EventId = 3, EventName = "ConnectionNotPooled", Level = LogLevel.Debug, Message = "Closed a connection to '{DataSource}' that can't be used again: TEMP objects, ATTACH, a PRAGMA or an extension changed it.")]
    public static partial void ConnectionNotPooled(ILogger logger, string dataSource);

    [LoggerMessage(EventId = 4, EventName = "FileMoved", Level = LogLevel.Warning, Message = "The file '{DataSource}' was deleted or replaced while a pooled connection had it open; that connection is closed. Call ThreadsConnection.ClearPool first.")]
    public static partial void FileMoved(ILogger logger, string dataSource);

    [LoggerMessage(EventId = 5, EventName = "CommandExecuting", Level = LogLevel.Debug, Message = "Executing {CommandText}")]
    public static partial void CommandExecuting(ILogger logger, string commandText);

    [LoggerMessage(EventId = 20, EventName = "TriggerAdds", Level = LogLevel.Warning, Message = "The trigger '{Trigger}' adds to the column '{Column}' of '{Table}', where the last writer wins: of additions at the same time on two peers one is lost. Declare it a counter: SELECT threads_merge('{Table}', '{Column}', 'counter').")]
    public static partial void TriggerAdds(ILogger logger, string trigger, string table, string column);

    [LoggerMessage(EventId = 6, EventName = "TransactionRolledBack", Level = LogLevel.Warning, Message = "SQLite rolled back the transaction on '{DataSource}' after an error.")]
    public static partial void TransactionRolledBack(ILogger logger, string dataSource);
}
