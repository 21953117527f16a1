using Threads.Data;
using Threads.Data.Logs;

namespace Threads.Simulation;

/// <summary>The form in which records travel: files today; push and pull of Threads.Net take its place once there.</summary>
internal interface IExchange
{
    /// <summary>What a peer sends to one of which it believes this, null: nothing.</summary>
    byte[] Write(SimPeer from, ThreadHeads? believed);

    /// <summary>Takes what arrived.</summary>
    /// <exception cref="ThreadsException">It is damaged, of somebody else, or a record in it is refused.</exception>
    ImportResult Read(SimPeer to, byte[] bytes);
}

/// <summary>Records as CAR files.</summary>
internal sealed class CarExchange : IExchange
{
    public byte[] Write(SimPeer from, ThreadHeads? believed) => from.Export(believed);

    public ImportResult Read(SimPeer to, byte[] bytes) => to.Import(bytes);
}
