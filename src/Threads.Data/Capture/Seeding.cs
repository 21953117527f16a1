using Threads.Data.Events;

namespace Threads.Data.Capture;

/// <summary>What is written now is seed data of a version of the schema, which every peer writes for itself; its events are older than all changes.</summary>
internal sealed record Seeding(long Version, bool OnlyNewRows)
{
    public bool Covers(EventKind kind) => !OnlyNewRows || kind == EventKind.Create;
}
