namespace Threads.Net;

/// <summary>Why a conversation with a peer failed; stable, for programs. The message of the exception is for people.</summary>
public enum ThreadsPeerErrorCode
{
    /// <summary>No code; never thrown.</summary>
    None = 0,

    /// <summary>An address names no transport that this peer has, or none at all.</summary>
    UnsupportedAddress = 1,

    /// <summary>Nobody answered at the address, or the network refused.</summary>
    DialFailed = 2,

    /// <summary>A negotiation message broke the rules of multistream-select.</summary>
    NegotiationMalformed = 10,

    /// <summary>The other side has none of the protocols proposed.</summary>
    ProtocolNotSupported = 11,

    /// <summary>A negotiation or handshake took longer than its limit.</summary>
    NegotiationTimeout = 12,

    /// <summary>The handshake failed: a damaged message, a wrong signature, or nothing common to speak.</summary>
    HandshakeFailed = 20,

    /// <summary>Somebody answered who is not the peer that was dialed.</summary>
    WrongPeer = 21,

    /// <summary>The encrypted channel brought bytes that don't authenticate.</summary>
    ChannelDamaged = 22,

    /// <summary>The other side broke the rules of yamux; the connection is closed.</summary>
    MuxerViolation = 30,

    /// <summary>The stream was reset, by either side.</summary>
    StreamReset = 31,

    /// <summary>The connection ended while something was going on on it.</summary>
    ConnectionClosed = 32,

    /// <summary>A limit on connections or streams was reached.</summary>
    LimitReached = 33,

    /// <summary>The other side sent malformed messages again and again; the connection is closed.</summary>
    Misbehaved = 34,

    /// <summary>A relay refused: no place, no room, or the other peer has none there; the message names its status.</summary>
    RelayRefused = 35,

    /// <summary>A rendezvous point refused; the message names its status.</summary>
    RendezvousRefused = 36,

    /// <summary>A message is longer than its limit.</summary>
    MessageTooLarge = 40,

    /// <summary>A message could not be read, or says something it must not.</summary>
    MessageMalformed = 41,

    /// <summary>The other side does not have the thread, or the key shown is not its key: one answer for both.</summary>
    ThreadRefused = 50,

    /// <summary>The other side refused a record; the message says why.</summary>
    RecordRefused = 51,
}
