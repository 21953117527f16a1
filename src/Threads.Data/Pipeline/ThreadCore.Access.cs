using Threads.Data.Access;
using Threads.Data.Logs;
using Threads.Data.Views;

namespace Threads.Data.Pipeline;

/// <summary>What judges events by the thread's access lists.</summary>
internal sealed partial class ThreadCore
{
    private AccessGate? _access;

    public AccessGate Access => _access ??= new AccessGate(_database, this);

    public KeyRotation Rotation => field ??= new KeyRotation(_database, this);

    private JudgedFold JudgedFold => field ??= new JudgedFold(Fold, Entities, Order, Access);

    /// <summary>In a write transaction, before its record is begun: what was written to a log that is closed would count for nobody, so this file goes on in a new one.</summary>
    public void LeaveClosed()
    {
        if (Access.IsJudging && OwnLog.Find() is { } own && Access.Rules.IsClosed(new Standpoint(Access.Me, RecordId.Of(own.Id, own.Head + 1), Clock.Peek())))
        {
            BeginLog();
        }
    }

    /// <summary>In a write transaction: folds a record that was appended here past the tables, as everybody else will fold it.</summary>
    public void FoldOwn(RecordInfo info)
    {
        Records.Release();
        FoldScope.Enter();
        try
        {
            var buffer = new PinnedBuffer();
            if (OpenPayload(RecordId.Of(info.Log, info.Position), buffer, out var payload))
            {
                RecordFold.Fold(RecordId.Of(info.Log, info.Position), payload);
            }

            Access.Settle();
            Constraints.Settle();
        }
        finally
        {
            Records.Release();
            FoldScope.Leave();
        }
    }
}
