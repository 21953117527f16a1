using System.Text.Json;

namespace Threads.Data;

/// <summary>
/// Makes a state of the events of a thread, which it is given in the one order that all peers share: time, then log, then record. A <see cref="ThreadView{TState}"/> calls it; when an event
/// arrives late, it goes back to a state before it and calls it again for what follows.
/// </summary>
/// <typeparam name="TState">What the view holds. Saved as JSON unless <see cref="Save"/> and <see cref="Load"/> say otherwise.</typeparam>
public interface IReducer<TState>
{
    /// <summary>The state before the first event.</summary>
    TState Start();

    /// <summary>The state after one more event: the one given, changed, or another one. Pure: no clock, no chance, no file, or peers and restarts will not agree.</summary>
    TState Apply(TState state, ThreadEvent change);

    /// <summary>The state as bytes, to go back to.</summary>
    byte[] Save(TState state) => JsonSerializer.SerializeToUtf8Bytes(state);

    /// <summary>A state of its own, of what <see cref="Save"/> gave.</summary>
    TState Load(byte[] saved) => JsonSerializer.Deserialize<TState>(saved)!;
}
