namespace Threads.Net.Hosting;

/// <summary>How the peer of an application host meets others.</summary>
public sealed class ThreadsHostingOptions
{
    /// <summary>How the peer is started.</summary>
    public ThreadsPeerOptions Peer { get; set; } = new();

    /// <summary>The file with the peer's private key, made on the first start and readable by its owner only; null: a new key each time, unless <see cref="ThreadsPeerOptions.Identity"/> is given.</summary>
    public string? IdentityFile { get; set; }

    /// <summary>Addresses of peers to connect with, each with <c>/p2p/…</c>; they are tried again while there is no connection.</summary>
    public IList<string> Connect { get; } = [];

    /// <summary>Whether to look for peers in the local network by multicast DNS.</summary>
    public bool UseMdns { get; set; }

    /// <summary>How long the host's stopping waits until connected peers have what was committed last.</summary>
    public TimeSpan FarewellTimeout { get; set; } = TimeSpan.FromSeconds(3);
}
