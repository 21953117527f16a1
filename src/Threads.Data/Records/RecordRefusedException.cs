using Threads.Data.Ipld;
using Threads.Data.Resources;

namespace Threads.Data.Records;

/// <summary>Bytes were refused as a record; <see cref="Refusal"/> says why, <see cref="Record"/> which block.</summary>
internal sealed class RecordRefusedException(RecordRefusal refusal, Cid record) : Exception(Strings.Records_Refused(refusal.ToString(), record))
{
    public RecordRefusal Refusal { get; } = refusal;

    /// <summary>The CID of the record block as it came; undefined where only a stored row was read.</summary>
    public Cid Record { get; } = record;
}
