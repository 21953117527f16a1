using Threads.Data.Access;
using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Ipld;

namespace Threads.Data.Views;

/// <summary>Judges events before they are folded, and rows before they are sealed (decision 9). In a raw thread it judges nothing.</summary>
internal interface IEventGate
{
    /// <summary>Whether anything is judged at all.</summary>
    bool IsJudging { get; }

    /// <summary>Before the events of a record.</summary>
    void Begin(long record, long time);

    /// <summary>Takes a first list or a change, or a chain of capabilities, whose value is next in the reader.</summary>
    void Take(EventKind kind, ref CborReader values, ReadOnlySpan<byte> logId, int index);

    /// <summary>The collection's number here, whatever it is called in the event; it is noted where it is met for the first time.</summary>
    long CollectionOf(string name);

    /// <summary>Judges an event on one entity, of the record begun last.</summary>
    AccessReason Judge(EventShape shape, in SqlValue key);

    bool IsRefused(long collection, in SqlValue key, Clock clock);

    /// <summary>Whether each entity of the collection has to be judged for itself.</summary>
    bool JudgesEach(string collection);

    /// <summary>Whether an event on many entities is refused for all of them, in one line.</summary>
    bool IsRefusedForAll(long collection, Clock clock);

    void RefuseForAll(long collection, Clock clock, EventKind kind, AccessReason reason);

    void AdmitForAll(long collection, Clock clock);

    void Refuse(long collection, in SqlValue key, Clock clock, EventKind kind, AccessReason reason);

    void Admit(long collection, in SqlValue key, Clock clock);

    /// <summary>An event that was folded, or was refused, is judged otherwise now.</summary>
    void Turned();

    /// <summary>Names of collections mean something else now.</summary>
    void NamesChanged();

    /// <summary>Before a row is sealed here.</summary>
    /// <exception cref="ThreadsException">This peer may not do that to the row.</exception>
    void Demand(TableSchema table, EventKind kind, in SqlValue key);
}
