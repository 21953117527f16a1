using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Merging;

namespace Threads.Data.Views;

/// <summary>
/// Keeps the entity index for a local transaction, whose rows are in the tables already. Its events are the newest of all that is due, so the clocks need no
/// comparison; what a plain index entry can't say is folded anew once the record is stored.
/// </summary>
internal sealed class EntityIndexer(EntityStore entities, LocalRows? rows, OutsideMarks? outside, IEventGate gate) : IChangeSink
{
    private readonly EntityState _state = new();

    /// <summary>The record that is being written and the time of its first event.</summary>
    public Clock Record { get; set; }

    public DeferredEntities Deferred { get; } = new();

    /// <summary>The changes are seed data.</summary>
    public Seeding? Seeding { get; set; }

    public MergeStamp Assigned(TableSchema table, in SqlValue key, int column)
    {
        var assigned = entities.TryRead(table.Collection, key, _state) && _state.IsLive ? _state.CellClock(column) : Clock.None;
        return new MergeStamp(assigned.Time, assigned.Record);
    }

    /// <summary>Where nothing asks for single rows: the index has to know each of them otherwise, since one may be unknown to it, belong to others, or not be this peer's to change.</summary>
    public bool TryOnMany(TableSchema table, EventKind kind, int index, ReadOnlySpan<int> changed, int count, ReadOnlySpan<byte> keys)
    {
        if (gate.IsJudging || (Seeding is not null && Seeding.Covers(kind)) || table.HasMerges || rows is not { IsConcerned: false } || !OutsideMarks.Covers(table) || outside is not { Any: false })
        {
            return false;
        }

        var columns = new int[changed.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = table.Others[changed[i]].Id;
        }

        return entities.TryKeepBack(table.Collection, new BulkEvent(new Clock(Record.Time + index, Record.Record), kind, columns, table.KeyCount, count), keys);
    }

    public void Refold(TableSchema table, in SqlValue key) => Deferred.Add(table, key);

    public void OnChange(TableSchema table, EventKind kind, in SqlValue key, int index, ReadOnlySpan<int> changed)
    {
        if (gate.IsJudging)
        {
            gate.Demand(table, kind, key);
        }

        var isSeed = Seeding is not null && Seeding.Covers(kind);
        var clock = new Clock(isSeed ? EventShape.SeedTime(Seeding!.Version, index) : Record.Time + index, Record.Record);
        rows?.Changed(table, key);
        if (kind == EventKind.Create && entities.TryCreate(table.Collection, key, clock))
        {
            return;
        }

        if (!entities.TryRead(table.Collection, key, _state))
        {
            throw ThreadsErrors.UnknownRow(table.Name);
        }

        var before = _state.Newest;
        if (isSeed)
        {
            // Older than what is known, perhaps: all events of the entity tell what it is.
            var isNewest = clock.Time > before.Time;
            entities.Supersede(table.Collection, key, isNewest ? before : clock);
            _state.Newest = isNewest ? clock : before;
            Deferred.Add(table, key);
            entities.Update(table.Collection, key, _state);
            return;
        }

        entities.Supersede(table.Collection, key, before);
        _state.Newest = clock;
        switch (kind)
        {
            case EventKind.Save when _state.IsLive:
                foreach (var column in changed)
                {
                    if (MergedColumn.IsAssignment(column))
                    {
                        _state.SetCell(table.Others[column].Id, clock);
                    }
                }

                break;
            case EventKind.Delete:
                _state.Delete = clock;
                _state.IsLive = false;
                _state.Cells.Clear();
                break;
            case EventKind.Create when _state.IsLive:
                // A row that was held back, unseen, is written again: it keeps its age.
                _state.Create = clock;
                _state.Cells.Clear();
                break;
            case EventKind.Create:
                _state.Create = _state.Rank = clock;
                _state.IsLive = true;
                if (before != _state.Delete)
                {
                    Deferred.Add(table, key);
                }

                break;
            case EventKind.Release:
                _state.Rank = clock;
                break;
            default:
                Deferred.Add(table, key);
                break;
        }

        entities.Update(table.Collection, key, _state);
    }
}
