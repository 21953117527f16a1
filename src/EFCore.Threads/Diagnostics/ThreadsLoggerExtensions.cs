using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Threads.Resources;
using Microsoft.Extensions.Logging;

namespace Microsoft.EntityFrameworkCore.Threads.Diagnostics;

/// <summary>The definitions of this provider's events as the options of a context set them (level, ignored, thrown), each made when first met.</summary>
internal sealed class ThreadsLoggingDefinitions : RelationalLoggingDefinitions
{
    private readonly ConcurrentDictionary<int, FallbackEventDefinition> definitions = new();

    public FallbackEventDefinition Get(ILoggingOptions options, EventId id, LogLevel level, string message)
        => definitions.GetOrAdd(
            id.Id, _ => new FallbackEventDefinition(options, id, level, "ThreadsEventId." + id.Name![(id.Name!.LastIndexOf('.') + 1)..], message));
}

/// <summary>One method for each event.</summary>
internal static class ThreadsLoggerExtensions
{
    public static void SchemaConfiguredWarning(this IDiagnosticsLogger<DbLoggerCategory.Model.Validation> logger, IReadOnlyEntityType entityType, string schema)
        => Log(logger, ThreadsEventId.SchemaConfiguredWarning, LogLevel.Warning, Strings.SchemaConfigured, entityType.DisplayName(), schema);

    public static void SequenceConfiguredWarning(this IDiagnosticsLogger<DbLoggerCategory.Model.Validation> logger, IReadOnlySequence sequence)
        => Log(logger, ThreadsEventId.SequenceConfiguredWarning, LogLevel.Warning, Strings.SequenceConfigured, sequence.Name);

    public static void CompositeKeyWithValueGeneration(this IDiagnosticsLogger<DbLoggerCategory.Model.Validation> logger, IKey key)
        => Log(
            logger,
            ThreadsEventId.CompositeKeyWithValueGeneration,
            LogLevel.Warning,
            Strings.CompositeKeyWithValueGeneration,
            key.DeclaringEntityType.DisplayName(),
            string.Join(", ", key.Properties.Select(p => p.Name)));

    public static void UnexpectedConnectionTypeWarning(this IDiagnosticsLogger<DbLoggerCategory.Infrastructure> logger, Type type)
        => Log(logger, ThreadsEventId.UnexpectedConnectionTypeWarning, LogLevel.Warning, Strings.UnexpectedConnectionType, type.Name);

    public static void TableRebuildPendingWarning(this IDiagnosticsLogger<DbLoggerCategory.Migrations> logger, Type operation, string table)
        => Log(logger, ThreadsEventId.TableRebuildPendingWarning, LogLevel.Warning, Strings.TableRebuildPending, operation.Name, table);

    public static void ScaffoldingFound(this IDiagnosticsLogger<DbLoggerCategory.Scaffolding> logger, EventId id, string what, string? name, string? table)
        => Log(logger, id, LogLevel.Debug, Strings.ScaffoldingFound, what, name ?? "", table ?? "");

    public static void MissingTableWarning(this IDiagnosticsLogger<DbLoggerCategory.Scaffolding> logger, string table)
        => Log(logger, ThreadsEventId.MissingTableWarning, LogLevel.Warning, Strings.MissingTable, table);

    public static void SchemasNotSupportedWarning(this IDiagnosticsLogger<DbLoggerCategory.Scaffolding> logger)
        => Log(logger, ThreadsEventId.SchemasNotSupportedWarning, LogLevel.Warning, Strings.SchemasNotSupported);

    public static void ForeignKeyReferencesMissingTableWarning(this IDiagnosticsLogger<DbLoggerCategory.Scaffolding> logger, string id, string table, string? principal)
        => Log(logger, ThreadsEventId.ForeignKeyReferencesMissingTableWarning, LogLevel.Warning, Strings.ForeignKeyReferencesMissingTable, id, table, principal ?? "");

    public static void ForeignKeyPrincipalColumnMissingWarning(
        this IDiagnosticsLogger<DbLoggerCategory.Scaffolding> logger, string id, string table, string column, string principal)
        => Log(
            logger, ThreadsEventId.ForeignKeyPrincipalColumnMissingWarning, LogLevel.Warning, Strings.ForeignKeyPrincipalColumnMissing, id, table, column, principal);

    private static void Log<T>(IDiagnosticsLogger<T> logger, EventId id, LogLevel level, string message, params string[] values)
        where T : LoggerCategory<T>, new()
    {
        var definition = ((ThreadsLoggingDefinitions)logger.Definitions).Get(logger.Options, id, level, message);
        var text = string.Format(CultureInfo.InvariantCulture, message, values);
        if (logger.ShouldLog(definition))
        {
            definition.Log(logger, l => l.Log(definition.Level, definition.EventId, text, null, (state, _) => state));
        }

        if (logger.NeedsEventData(definition, out var diagnosticSourceEnabled, out var simpleLogEnabled))
        {
            logger.DispatchEventData(definition, new EventData(definition, (_, _) => text), diagnosticSourceEnabled, simpleLogEnabled);
        }
    }
}
