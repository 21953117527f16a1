using Threads.Data.Identity;
using Threads.Data.Logs;

namespace Threads.Data;

/// <summary>
/// Where the thread's logs are found: addresses of their writers and replicators, each with a time to live (T-LOG-6). It lies in the database file; what is past its
/// time is not returned. Announcements of a log's writer replace what is here for the log.
/// </summary>
public sealed class AddressBook
{
    private readonly LocalThread _thread;

    internal AddressBook(LocalThread thread) => _thread = thread;

    /// <summary>Adds addresses, or makes them live longer; never shorter. Nothing happens with a time to live of zero.</summary>
    /// <param name="log">Whose addresses.</param>
    /// <param name="addresses">With <c>/p2p/…</c> behind them.</param>
    /// <param name="ttl">From now on; <see cref="TimeSpan.MaxValue"/>: for ever.</param>
    public void Add(LogId log, IEnumerable<Multiaddress> addresses, TimeSpan ttl) => Each(log, addresses, (store, key, address) => store.Add(key, address, ttl));

    /// <summary>Sets the time to live of addresses, known or not; zero takes them out.</summary>
    /// <inheritdoc cref="Add" />
    public void Set(LogId log, IEnumerable<Multiaddress> addresses, TimeSpan ttl) => Each(log, addresses, (store, key, address) => store.Set(key, address, ttl));

    /// <summary>Gives all addresses of a log that were given one time to live another one, from now on.</summary>
    /// <param name="log">Whose addresses.</param>
    /// <param name="from">The time to live they were given.</param>
    /// <param name="to">The new one; zero takes them out.</param>
    public void UpdateTtl(LogId log, TimeSpan from, TimeSpan to) => _thread.WriteBook(store => store.UpdateTtl(log.PublicKey, from, to));

    /// <summary>The addresses of a log that are within their time.</summary>
    public IReadOnlyList<Multiaddress> Get(LogId log) => [.. _thread.ReadBook(store => store.All(log.PublicKey)).Select(a => a.Address)];

    /// <summary>All addresses that are within their time.</summary>
    public IReadOnlyList<(LogId Log, Multiaddress Address)> GetAll() => _thread.ReadBook(store => store.All());

    /// <summary>Takes out all addresses of a log.</summary>
    public void Clear(LogId log) => _thread.WriteBook(store => store.Clear(log.PublicKey));

    private void Each(LogId log, IEnumerable<Multiaddress> addresses, AddressAction action)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        _thread.WriteBook(store =>
        {
            foreach (var address in addresses)
            {
                action(store, log.PublicKey, address);
            }
        });
    }

    private delegate void AddressAction(AddressStore store, ReadOnlySpan<byte> log, Multiaddress address);
}
