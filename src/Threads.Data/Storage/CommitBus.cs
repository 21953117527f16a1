using System.Collections.Concurrent;

namespace Threads.Data.Storage;

/// <summary>Tells this process that a file has new records, whichever connection wrote them. Listeners are called after the commit, on the committing thread.</summary>
internal static class CommitBus
{
    private static readonly ConcurrentDictionary<string, ImmutableListeners> Files = new(StringComparer.Ordinal);

    /// <summary>Calls the listener after each commit that added records to the file; disposing ends it.</summary>
    public static IDisposable Listen(string dataSource, Action listener)
    {
        var key = Key(dataSource);
        Files.AddOrUpdate(key, _ => new([listener]), (_, known) => new([.. known.All, listener]));
        return new Listening(key, listener);
    }

    public static void Raise(string dataSource)
    {
        if (!Files.IsEmpty && Files.TryGetValue(Key(dataSource), out var listeners))
        {
            foreach (var listener in listeners.All)
            {
                listener();
            }
        }
    }

    /// <summary>One text for each file, however it was named.</summary>
    public static string Key(string dataSource) => dataSource.Length == 0 || dataSource == ":memory:" ? dataSource : Path.GetFullPath(dataSource);

    private sealed record ImmutableListeners(Action[] All);

    private sealed class Listening(string key, Action listener) : IDisposable
    {
        private int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) != 0)
            {
                return;
            }

            while (Files.TryGetValue(key, out var known))
            {
                var at = Array.IndexOf(known.All, listener);
                ImmutableListeners rest = new([.. known.All[..at], .. known.All[(at + 1)..]]);
                if (rest.All.Length == 0 ? Files.TryRemove(KeyValuePair.Create(key, known)) : Files.TryUpdate(key, rest, known))
                {
                    break;
                }
            }
        }
    }
}
