using System.Collections.Concurrent;

namespace Threads.Data.Storage;

/// <summary>Who keeps which file in sync in this process.</summary>
internal static class SyncRegistry<T>
    where T : class
{
    private static readonly ConcurrentDictionary<string, T[]> Files = new(StringComparer.Ordinal);

    public static IDisposable Add(string dataSource, T sync)
    {
        var key = CommitBus.Key(dataSource);
        Files.AddOrUpdate(key, _ => [sync], (_, known) => [.. known, sync]);
        return new Registration(key, sync);
    }

    public static IReadOnlyList<T> Of(string dataSource) => Files.GetValueOrDefault(CommitBus.Key(dataSource)) ?? [];

    private sealed class Registration(string key, T sync) : IDisposable
    {
        public void Dispose() => Files.AddOrUpdate(key, _ => [], (_, known) => Array.FindAll(known, s => s != sync));
    }
}
