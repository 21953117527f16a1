using System.Net;
using Threads.Data.Identity;

namespace Threads.Net.Transports;

/// <summary>A way to carry bytes to an address and to listen on one.</summary>
internal interface ITransport
{
    /// <summary>Whether the address is of this transport.</summary>
    bool Speaks(Multiaddress address);

    ValueTask<RawConnection> DialAsync(Multiaddress address, CancellationToken cancellationToken);

    ValueTask<IListener> ListenAsync(Multiaddress address, CancellationToken cancellationToken);
}

/// <summary>An open door.</summary>
internal interface IListener : IAsyncDisposable
{
    /// <summary>Where it really listens: the port is the one that the system chose, an unspecified address stands for every interface.</summary>
    IReadOnlyList<Multiaddress> Addresses { get; }

    /// <summary>The next connection; null when the listener was closed.</summary>
    ValueTask<RawConnection?> AcceptAsync(CancellationToken cancellationToken);
}

/// <summary>Bytes both ways, in clear, to somebody unknown.</summary>
/// <param name="Stream">Owned.</param>
/// <param name="Address">The other end, without a peer id.</param>
/// <param name="IP">For limits per address; null where there is none.</param>
/// <param name="IsRelayed">Whether it runs through a relay.</param>
/// <param name="IsLimited">Whether that relay limits time or bytes.</param>
/// <param name="Peer">Who it is said to be; the handshake has to prove it.</param>
internal sealed record RawConnection(Stream Stream, Multiaddress Address, IPAddress? IP, bool IsRelayed = false, bool IsLimited = false, PeerId? Peer = null);
