using Threads.Data.Events;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>
/// The index entity → events: one row an entity, a row for each superseded event (decision 6). What <see cref="BulkEvents"/> keep back becomes rows of an entity's when it is asked for
/// by a writer, and is added for a reader.
/// </summary>
internal sealed class EntityStore(SqliteDatabase database, BulkEvents bulk)
{
    private readonly SqliteStatement _insert = database["INSERT INTO _threads_entity(c, k, t, r) VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING"];
    private readonly SqliteStatement _find = database["SELECT t, r, x FROM _threads_entity WHERE c = ? AND k = ?"];
    private readonly SqliteStatement _update = database["UPDATE _threads_entity SET t = ?, r = ?, x = ? WHERE c = ? AND k = ?"];
    private readonly SqliteStatement _insertWhole = database["INSERT INTO _threads_entity(t, r, x, c, k) VALUES(?, ?, ?, ?, ?)"];
    private readonly EntityState _state = new();
    private readonly SqliteStatement _supersede = database["INSERT INTO _threads_event(c, k, t, r) VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING"];

    /// <summary>Adds an entity whose first event is its create; false when it is known already.</summary>
    public bool TryCreate(long collection, in SqlValue key, Clock clock)
    {
        _insert.Bind(1, collection);
        key.Bind(_insert, 2, pinned: false);
        _insert.Bind(3, clock.Time).Bind(4, clock.Record).Run();
        return database.Changes == 1;
    }

    /// <summary>In a write transaction.</summary>
    public bool TryRead(long collection, in SqlValue key, EntityState state)
    {
        _find.Bind(1, collection);
        key.Bind(_find, 2, pinned: false);
        var found = _find.Step();
        if (found)
        {
            state.Read(new Clock(_find.Int64(0), _find.Int64(1)), _find.Blob(2));
            _find.Reset();
        }

        var waiting = bulk.Of(collection);
        return waiting.Count == 0 ? found : TakeIn(waiting, found, collection, key, state);
    }

    /// <summary>In a write transaction: makes rows of an entity's of the events that <see cref="BulkEvents"/> keep back, before <see cref="Events"/> are read to write it anew.</summary>
    public void CatchUp(long collection, in SqlValue key)
    {
        if (bulk.Of(collection).Count > 0)
        {
            TryRead(collection, key, _state);
        }
    }

    /// <summary>In a write transaction: makes rows of all that <see cref="BulkEvents"/> keep back of a collection.</summary>
    public void TakeIn(long collection)
    {
        if (bulk.Of(collection).Count == 0)
        {
            return;
        }

        foreach (var one in bulk.Of(collection))
        {
            var keys = bulk.KeysOf(one);
            for (var i = 0; i < keys.Count; i++)
            {
                TryRead(collection, keys[i], _state);
            }
        }

        bulk.Clear(collection);
    }

    /// <summary>Keeps back an event of this transaction that is newer than all that is known; false: it names too many.</summary>
    public bool TryKeepBack(long collection, BulkEvent one, ReadOnlySpan<byte> keys)
    {
        if (one.Count > BulkEvents.MostKeys)
        {
            return false;
        }

        if (!bulk.HasRoom(collection, one.Count))
        {
            TakeIn(collection);
        }

        bulk.Add(collection, one, keys);
        return true;
    }

    /// <summary>The entities of a collection are made anew from the records.</summary>
    public void Clear(long collection)
    {
        foreach (var table in new[] { "entity", "event", "cell" })
        {
            database[$"DELETE FROM _threads_{table} WHERE c = ?"].Bind(1, collection).Run();
        }

        bulk.Clear(collection);
    }

    /// <summary>All entities are made anew from the records.</summary>
    public void Clear()
    {
        database.Execute("DELETE FROM _threads_entity; DELETE FROM _threads_event; DELETE FROM _threads_cell; DELETE FROM _threads_bulk");
        bulk.Forget();
    }

    public void Add(long collection, in SqlValue key, EntityState state) => Write(_insertWhole, collection, key, state);

    public void Update(long collection, in SqlValue key, EntityState state) => Write(_update, collection, key, state);

    /// <summary>Keeps an event that is not the newest of its entity.</summary>
    public void Supersede(long collection, in SqlValue key, Clock clock)
    {
        _supersede.Bind(1, collection);
        key.Bind(_supersede, 2, pinned: false);
        _supersede.Bind(3, clock.Time).Bind(4, clock.Record).Run();
    }

    /// <summary>Every event that named the entity, in no order. Writes nothing.</summary>
    public List<Clock> Events(long collection, in SqlValue key)
    {
        var rows = database["SELECT t, r FROM _threads_event WHERE c = ?1 AND k = ?2 UNION ALL SELECT t, r FROM _threads_entity WHERE c = ?1 AND k = ?2"];
        rows.Bind(1, collection);
        key.Bind(rows, 2, pinned: false);
        var events = new List<Clock>();
        var newest = Clock.None.Time;
        while (rows.Step())
        {
            events.Add(new Clock(rows.Int64(0), rows.Int64(1)));
            newest = Math.Max(newest, rows.Int64(0));
        }

        foreach (var one in bulk.Of(collection))
        {
            if (one.Clock.Time > newest && bulk.KeysOf(one).Contains(key))
            {
                events.Add(one.Clock);
            }
        }

        return events;
    }

    /// <summary>The events that named an entity just read from a time on, in no order; null: there are more than so many.</summary>
    public List<Clock>? EventsSince(long collection, in SqlValue key, long time, int most)
    {
        var rows = database["SELECT t, r FROM _threads_event WHERE c = ?1 AND k = ?2 AND t >= ?3 UNION SELECT t, r FROM _threads_entity WHERE c = ?1 AND k = ?2 AND t >= ?3 LIMIT ?4"];
        rows.Bind(1, collection);
        key.Bind(rows, 2, pinned: false);
        rows.Bind(3, time).Bind(4, most + 1L);
        var events = new List<Clock>();
        while (rows.Step())
        {
            events.Add(new Clock(rows.Int64(0), rows.Int64(1)));
        }

        return events.Count > most ? null : events;
    }

    /// <summary>Forgets an event that named the entity; what is left is to be folded anew, or nobody knows it. False where it was not known.</summary>
    public bool Withdraw(long collection, in SqlValue key, Clock clock, ClockOrder order)
    {
        // One that is kept back would be added to the entity again.
        TakeIn(collection);
        if (TryRemoveSuperseded(collection, key, clock))
        {
            return true;
        }

        var left = Events(collection, key);
        if (!left.Remove(clock))
        {
            return false;
        }

        var newest = database[left.Count == 0 ? "DELETE FROM _threads_entity WHERE c = ?1 AND k = ?2" : "UPDATE _threads_entity SET t = ?3, r = ?4 WHERE c = ?1 AND k = ?2"].Bind(1, collection);
        key.Bind(newest, 2, pinned: false);
        if (left.Count > 0)
        {
            left.Sort(order);
            newest.Bind(3, left[^1].Time).Bind(4, left[^1].Record);
        }

        newest.Run();
        if (left.Count > 0)
        {
            // The newest event is not among the superseded ones.
            TryRemoveSuperseded(collection, key, left[^1]);
        }

        return true;
    }

    private bool TryRemoveSuperseded(long collection, in SqlValue key, Clock clock)
    {
        var delete = database["DELETE FROM _threads_event WHERE c = ? AND k = ? AND t = ? AND r = ?"].Bind(1, collection);
        key.Bind(delete, 2, pinned: false);
        delete.Bind(3, clock.Time).Bind(4, clock.Record).Run();
        return database.Changes > 0;
    }

    /// <summary>Adds to an entity what is kept back of it: what came after it was last written, so nothing needs comparison but times.</summary>
    private bool TakeIn(List<BulkEvent> waiting, bool isKnown, long collection, in SqlValue key, EntityState state)
    {
        var (wasKnown, changed) = (isKnown, false);
        foreach (var one in waiting)
        {
            if ((isKnown && state.Newest.Time >= one.Clock.Time) || !bulk.KeysOf(one).Contains(key))
            {
                continue;
            }

            if (isKnown)
            {
                Supersede(collection, key, state.Newest);
            }
            else
            {
                state.SetUnseen(one.Clock);
            }

            state.Take(one.Kind, one.Clock, one.Columns);
            (isKnown, changed) = (true, true);
        }

        if (changed)
        {
            Write(wasKnown ? _update : _insertWhole, collection, key, state);
        }

        return isKnown;
    }

    private static void Write(SqliteStatement statement, long collection, in SqlValue key, EntityState state)
    {
        Span<byte> scratch = stackalloc byte[256];
        statement.Bind(1, state.Newest.Time).Bind(2, state.Newest.Record);
        var x = state.Write(scratch);
        if (x.IsEmpty)
        {
            statement.BindNull(3);
        }
        else
        {
            statement.Bind(3, x);
        }

        statement.Bind(4, collection);
        key.Bind(statement, 5, pinned: false);
        statement.Run();
    }
}
