using Threads.Data.Access;
using Threads.Data.Events;
using Threads.Data.Ipld;

namespace Threads.Data.Views;

/// <summary>
/// Folds the events of a thread that has access lists: what is refused is noted and goes no further. When the lists change, events are judged again: one that is allowed now is folded as a late one, one that is not
/// leaves its entity, which is folded anew (decision 9).
/// </summary>
internal sealed class JudgedFold(EntityFold fold, EntityStore entities, ClockOrder order, IEventGate gate)
{
    private readonly CborWriter _writer = new();
    private readonly PinnedBuffer _event = new();

    /// <summary>Takes an event of a shape on entities, whose keys are next in the reader; leaves the reader behind it.</summary>
    /// <param name="binding">The table; null: none here.</param>
    /// <param name="shape">As it stands in the record.</param>
    /// <param name="reader">At the event's first value.</param>
    /// <param name="clock">Its clock.</param>
    /// <param name="again">It was judged before, by lists that have changed since.</param>
    public void Apply(ShapeBinding? binding, EventShape shape, scoped ref CborReader reader, Clock clock, bool again)
    {
        var collection = gate.CollectionOf(shape.Collection);
        if (!shape.IsMany)
        {
            var one = reader;
            for (var i = 0; i < shape.Columns.Length; i++)
            {
                reader.Skip();
            }

            One(binding, shape, collection, one, clock, again);
            return;
        }

        var keys = new KeyList(ref reader, shape.KeyCount);
        var values = reader;
        for (var i = shape.KeyCount; i < shape.Columns.Length; i++)
        {
            reader.Skip();
        }

        var each = keys;
        var forAll = ForAll(shape, keys);
        var wasForAll = again && gate.IsRefusedForAll(collection, clock);
        if (forAll != AccessReason.None && (wasForAll || !again))
        {
            // None of it was folded.
            gate.RefuseForAll(collection, clock, shape.Kind, forAll);
            return;
        }

        while (each.MoveNext())
        {
            _writer.Reset();
            _writer.StartArray(shape.Columns.Length);
            each.WriteTo(_writer);
            var rest = values;
            for (var i = shape.KeyCount; i < shape.Columns.Length; i++)
            {
                _writer.WriteRaw(rest.SkipRaw());
            }

            var item = _event.Take(_writer.Length);
            _writer.WrittenSpan.CopyTo(item);
            var one = new CborReader(item);
            one.ReadArray();
            One(binding, shape.Single, collection, one, clock, again, isListed: forAll == AccessReason.None);
        }

        if (forAll != AccessReason.None)
        {
            gate.RefuseForAll(collection, clock, shape.Kind, forAll);
        }
        else if (wasForAll)
        {
            gate.AdmitForAll(collection, clock);
        }
    }

    /// <summary>Why the event is refused, where it is for all entities it names and for one reason.</summary>
    private AccessReason ForAll(EventShape shape, KeyList keys)
    {
        if (!gate.JudgesEach(shape.Collection))
        {
            return gate.Judge(shape, default);
        }

        var first = AccessReason.None;
        for (var isFirst = true; keys.MoveNext(); isFirst = false)
        {
            _writer.Reset();
            _writer.StartArray(shape.KeyCount);
            keys.WriteTo(_writer);
            var item = _event.Take(_writer.Length);
            _writer.WrittenSpan.CopyTo(item);
            var reader = new CborReader(item);
            reader.ReadArray();
            var reason = gate.Judge(shape, fold.ReadKey(shape.KeyCount, ref reader));
            if (reason == AccessReason.None || (!isFirst && reason != first))
            {
                return AccessReason.None;
            }

            first = reason;
        }

        return first;
    }

    private void One(ShapeBinding? binding, EventShape shape, long collection, CborReader one, Clock clock, bool again, bool isListed = true)
    {
        var values = one;
        var key = fold.ReadKey(shape.KeyCount, ref values);
        var reason = gate.Judge(shape, key);
        var was = again && gate.IsRefused(collection, key, clock);
        if (reason == AccessReason.None)
        {
            if (was)
            {
                gate.Admit(collection, key, clock);
                gate.Turned();
            }

            if (binding is not null && (was || !again))
            {
                fold.Apply(binding, ref one, clock);
            }

            return;
        }

        if (isListed)
        {
            gate.Refuse(collection, key, clock, shape.Kind, reason);
        }
        else
        {
            // It stands in the event's one line from now on.
            gate.Admit(collection, key, clock);
        }

        if (again && !was)
        {
            gate.Turned();
        }

        if (again && !was && binding is not null && entities.Withdraw(collection, key, clock, order))
        {
            fold.Deferred.Add(binding.Table, key);
        }
    }
}
