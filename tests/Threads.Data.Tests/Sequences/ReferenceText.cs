using System.Text;
using Threads.Data.Sequences;

namespace Threads.Data.Tests.Sequences;

/// <summary>
/// A text as one replica of a plain FugueMax tree holds it: one node a code point, explicit ids, a tree that is walked anew for each question. Slow, and nothing in it is
/// shared with the product but the operation that an edit is given as.
/// </summary>
internal sealed class ReferenceText
{
    private readonly Node _root = new(new Id(-1, 0), default, null, false, null);
    private readonly Dictionary<Id, Node> _nodes = [];
    private readonly HashSet<long> _seen = [];

    public ReferenceText(string text)
    {
        _nodes[_root.Id] = _root;
        Edit(-1, new TextOperation(0, text.Length == 0 ? [] : [new SequenceRun(false, 0, text.EnumerateRunes().Count())], text));
    }

    public string Text => string.Concat(Walk().Where(n => !n.IsDeleted).Select(n => n.Value.ToString()));

    public int Length => Walk().Count(n => !n.IsDeleted);

    /// <summary>Makes an edit here; the result is what other replicas need of it.</summary>
    public List<Step> Edit(long time, TextOperation operation)
    {
        var steps = new List<Step>();
        var runes = new Queue<Rune>(operation.Content.EnumerateRunes());
        foreach (var run in operation.Runs)
        {
            for (var i = 0; i < run.Length; i++)
            {
                var all = Walk().ToList();
                var visible = all.Where(n => !n.IsDeleted).ToList();
                if (run.IsDelete)
                {
                    steps.Add(new Step(visible[run.Position].Id, null, false, null, null));
                }
                else
                {
                    var at = run.Position + i;
                    var left = at == 0 ? _root : visible[at - 1];
                    var right = left == _root ? all.FirstOrDefault() : all.SkipWhile(n => n != left).Skip(1).FirstOrDefault();
                    var id = new Id(time, steps.Count + 1);
                    steps.Add(left.Right.Count == 0
                        ? new Step(id, left.Id, true, right?.Id, runes.Dequeue())
                        : new Step(id, right!.Id, false, right.Id, runes.Dequeue()));
                }

                Take(steps[^1]);
            }
        }

        _seen.Add(time);
        return steps;
    }

    public void Receive(long time, IEnumerable<Step> steps)
    {
        if (_seen.Add(time))
        {
            foreach (var step in steps)
            {
                Take(step);
            }
        }
    }

    /// <summary>One unit of somebody's edit, by itself.</summary>
    public void Receive(Id id, Step step)
    {
        if (!_nodes.ContainsKey(id))
        {
            Take(step);
        }
    }

    /// <summary>All units that ever were, in order.</summary>
    public IEnumerable<Id> Order() => Walk().Select(n => n.Id);

    /// <summary>The unit at a position.</summary>
    public Id At(int position) => Walk().Where(n => !n.IsDeleted).ElementAt(position).Id;

    public void Delete(Id id) => _nodes[id].IsDeleted = true;

    private void Take(Step step)
    {
        if (step.Parent is not { } parent)
        {
            _nodes[step.Id].IsDeleted = true;
            return;
        }

        var node = new Node(step.Id, step.Value!.Value, _nodes[parent], step.IsRight, step.RightOrigin is { } right ? _nodes[right] : null);
        var order = Walk().ToList();
        int Place(Node n) => n.RightOrigin is { } origin ? order.IndexOf(origin) : int.MaxValue;
        var siblings = step.IsRight ? _nodes[parent].Right : _nodes[parent].Left;
        siblings.Add(node);
        var sorted = (step.IsRight ? siblings.OrderByDescending(Place) : siblings.OrderBy(_ => 0)).ThenBy(n => n.Id.Time).ThenBy(n => n.Id.Number).ToList();
        siblings.Clear();
        siblings.AddRange(sorted);
        _nodes[step.Id] = node;
    }

    private IEnumerable<Node> Walk()
    {
        // In order: left children, the node, right children; an explicit stack, since a typed text is a very deep tree.
        var stack = new Stack<(Node Node, bool IsOpen)>([(_root, false)]);
        while (stack.TryPop(out var top))
        {
            if (top.IsOpen)
            {
                if (top.Node != _root)
                {
                    yield return top.Node;
                }

                continue;
            }

            foreach (var child in Enumerable.Reverse(top.Node.Right))
            {
                stack.Push((child, false));
            }

            stack.Push((top.Node, true));
            foreach (var child in Enumerable.Reverse(top.Node.Left))
            {
                stack.Push((child, false));
            }
        }
    }

    internal readonly record struct Id(long Time, int Number);

    /// <summary>A node to add, or with no parent, one to delete.</summary>
    internal sealed record Step(Id Id, Id? Parent, bool IsRight, Id? RightOrigin, Rune? Value);

    private sealed record Node(Id Id, Rune Value, Node? Parent, bool IsRight, Node? RightOrigin)
    {
        public bool IsDeleted { get; set; }

        public List<Node> Left { get; } = [];

        public List<Node> Right { get; } = [];

        public bool Equals(Node? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => Id.GetHashCode();
    }
}
