using Threads.Data.Events;

namespace Threads.Simulation.Model;

/// <summary>The total order: time, log, position, record, index (decision 5); the record only in a fork.</summary>
internal readonly record struct EventClock(long Time, string Log, long Position, string Record, int Index) : IComparable<EventClock>
{
    public int CompareTo(EventClock other)
    {
        var order = Time.CompareTo(other.Time);
        order = order != 0 ? order : string.CompareOrdinal(Log, other.Log);
        order = order != 0 ? order : Position.CompareTo(other.Position);
        order = order != 0 ? order : string.CompareOrdinal(Record, other.Record);
        return order != 0 ? order : Index.CompareTo(other.Index);
    }
}

/// <summary>An event of a record, one entity each.</summary>
/// <param name="Clock">Where it stands in the order of all.</param>
/// <param name="Kind">Create, Save or Delete, or what the product has besides.</param>
/// <param name="Collection">By its first name.</param>
/// <param name="Key">The values of the key.</param>
/// <param name="KeyColumns">Their columns' first names.</param>
/// <param name="Cells">The other columns' first names, and what happened to them.</param>
internal sealed record DecodedEvent(EventClock Clock, EventKind Kind, string Collection, Value[] Key, string[] KeyColumns, DecodedCell[] Cells);

/// <summary>What an event says of a cell: a value that is assigned, or an operation.</summary>
/// <param name="Column">Its first name.</param>
/// <param name="Value">What is assigned; of an operation, its argument where that is a value of SQL, else NULL.</param>
/// <param name="Operation">Null: an assignment.</param>
/// <param name="Arguments">Of an operation: CBOR.</param>
internal sealed record DecodedCell(string Column, Value Value, string? Operation, byte[] Arguments);

/// <summary>A record with its events.</summary>
/// <param name="Cid">Its block's digest.</param>
/// <param name="Log">Its log's key.</param>
/// <param name="LogId">The same as events have it.</param>
/// <param name="Author">The peer that writes the log.</param>
/// <param name="Position">Its place there.</param>
/// <param name="Time">Of its first event.</param>
/// <param name="Count">How many events it has.</param>
/// <param name="Events">Those on entities.</param>
/// <param name="Lists">First lists, and changes of the lists, by their index, in bytes.</param>
/// <param name="Chains">Chains of capabilities, in bytes.</param>
internal sealed record DecodedRecord(
    string Cid, string Log, byte[] LogId, string Author, long Position, long Time, int Count, IReadOnlyList<DecodedEvent> Events, IReadOnlyList<(int Index, byte[] Bytes)> Lists, IReadOnlyList<byte[]> Chains);

/// <summary>Where a record stands.</summary>
/// <param name="Log">Its log's key.</param>
/// <param name="Position">Its place there.</param>
/// <param name="Previous">The digest of the record it follows; null: none.</param>
internal sealed record StoredRecord(string Log, long Position, string? Previous);
