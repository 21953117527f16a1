using Threads.Data.Logs;

namespace Threads.Data.Pipeline;

/// <summary>What is stored of a thread's records, in a file of its own or in a replicator's among others: all that placing, paging and exporting need.</summary>
internal sealed record ThreadRecords(LogStore Logs, RecordStore Records, PendingStore Pending, ThreadSealer Sealer);
