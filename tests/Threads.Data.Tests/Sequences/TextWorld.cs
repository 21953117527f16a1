using Threads.Data.Sequences;

namespace Threads.Data.Tests.Sequences;

/// <summary>A few replicas that edit one text at random and pull from each other; each holds the reference and, beside it, the operations it knows.</summary>
internal sealed class TextWorld
{
    private readonly Random _random;
    private readonly string _start;
    private readonly Dictionary<long, Written> _written = [];

    public TextWorld(int seed, int replicas, string start)
    {
        _random = new Random(seed);
        _start = start;
        Replicas = [.. Enumerable.Range(0, replicas).Select(i => new Replica(i, new ReferenceText(start), new TextBuffer(start)))];
    }

    public Replica[] Replicas { get; }

    public void Step()
    {
        var replica = Replicas[_random.Next(Replicas.Length)];
        if (_random.Next(3) > 0)
        {
            Edit(replica);
        }
        else
        {
            Pull(replica, Replicas[_random.Next(Replicas.Length)], all: _random.Next(2) == 0);
        }
    }

    public void PullAll()
    {
        foreach (var replica in Replicas)
        {
            foreach (var other in Replicas)
            {
                Pull(replica, other, all: true);
            }
        }
    }

    /// <summary>The text by the product, from all operations that the replica knows.</summary>
    public string Folded(Replica replica)
    {
        var text = new TextBuffer(_start);
        var history = TextMerge.Apply(text, text.Points, Changes(replica.Known));
        Assert.DoesNotContain(Enumerable.Range(0, replica.Known.Count), history.IsVoid);
        return text.ToString();
    }

    public void Edit(Replica replica)
    {
        var builder = new TextOperationBuilder(replica.Text.Points);
        var (length, lengthBefore) = (replica.Text.Points, replica.Text.Points);
        var at = _random.Next(length + 1);
        for (var runs = _random.Next(1, 4); runs > 0; runs--)
        {
            at = _random.Next(4) == 0 ? _random.Next(length + 1) : Math.Min(at, length);
            if (_random.Next(3) == 0 && at < length)
            {
                var count = Math.Min(length - at, _random.Next(1, 4));
                builder.Delete(at, count);
                length -= count;
            }
            else
            {
                var text = Words(_random.Next(1, 4), replica.Number);
                var count = TextBuffer.CountPoints(text);
                builder.Insert(at, text, count);
                length += count;
                at += _random.Next(3) == 0 ? 0 : count;
            }
        }

        if (!builder.IsEmpty)
        {
            Write(replica, builder.ToOperation(), lengthBefore);
        }
    }

    public void Pull(Replica to, Replica from, bool all)
    {
        var missing = from.Known.Except(to.Known).Order().ToList();
        var taken = all ? missing : missing.Take(_random.Next(missing.Count + 1)).ToList();
        if (taken.Count == 0)
        {
            return;
        }

        foreach (var time in taken)
        {
            to.Reference.Receive(time, _written[time].Steps);
        }

        Merge(to, taken);
    }

    private void Write(Replica replica, TextOperation operation, int lengthBefore)
    {
        // Decoded from its bytes, as another peer gets it.
        operation = TextOperationCodec.Decode(TextOperationCodec.Encode(operation));
        Assert.Equal(lengthBefore, operation.LengthBefore);
        var newest = replica.Known.Count == 0 ? 0 : replica.Known.Max;
        var time = (newest / 16 + _random.Next(1, 9)) * 16 + replica.Number;
        _written[time] = new Written(operation, [.. Heads(replica.Known)], replica.Reference.Edit(time, operation));
        replica.Known.Add(time);
        operation.ApplyTo(replica.Text);
    }

    /// <summary>Half of the time from where the histories last came together, half of the time from all there is.</summary>
    private void Merge(Replica to, List<long> taken)
    {
        var all = to.Known.Union(taken).Order().ToList();
        var changes = Changes(all);
        var applied = all.ConvertAll(to.Known.Contains).ToArray();
        var (from, length) = (0, TextBuffer.CountPoints(_start));
        if (_random.Next(2) == 0)
        {
            foreach (var end in new SequenceHistory([.. changes.Select(c => c.Parents)]).Stretches().TakeWhile(end => applied[..end].All(a => a)))
            {
                (from, length) = (end, changes[end - 1].Operation.LengthAfter);
            }
        }

        var late = changes[from..].Select(c => c with { Parents = [.. c.Parents.Select(p => Math.Max(p - from, -1))] }).ToList();
        TextMerge.Apply(to.Text, length, late, applied[from..]);
        to.Known.UnionWith(taken);
    }

    private TextChange[] Changes(IEnumerable<long> known)
    {
        var order = known.Order().ToList();
        return [.. order.Select(t => new TextChange(_written[t].Operation, _written[t].Parents.Length == 0 ? [-1] : [.. _written[t].Parents.Select(p => order.BinarySearch(p))]))];
    }

    private IEnumerable<long> Heads(IEnumerable<long> known) => known.Except(known.SelectMany(t => _written[t].Parents)).Order();

    private string Words(int count, int replica)
        => string.Concat(Enumerable.Range(0, count).Select(_ => _random.Next(6) == 0 ? "😀" : _random.Next(9) == 0 ? "ä" : ((char)('a' + replica * 6 + _random.Next(6))).ToString()));

    private sealed record Written(TextOperation Operation, long[] Parents, List<ReferenceText.Step> Steps);

    internal sealed record Replica(int Number, ReferenceText Reference, TextBuffer Text)
    {
        /// <summary>The operations that came here, by time.</summary>
        public SortedSet<long> Known { get; } = [];
    }
}
