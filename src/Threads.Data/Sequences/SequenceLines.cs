namespace Threads.Data.Sequences;

/// <summary>
/// A history in lines: operations of which each one saw just the one before, and nobody anything in between, are taken as one. A line is moved in and out of versions as a
/// whole; its own operations keep their places in the total order.
/// </summary>
internal sealed class SequenceLines
{
    private readonly int[] _lines;

    /// <param name="parents">The history by operations.</param>
    /// <param name="mayJoin">Whether an operation goes on where its only parent ended.</param>
    public SequenceLines(int[][] parents, Func<int, int, bool> mayJoin)
    {
        var children = new int[parents.Length];
        foreach (var seen in parents)
        {
            foreach (var parent in seen)
            {
                if (parent >= 0)
                {
                    children[parent]++;
                }
            }
        }

        _lines = new int[parents.Length];
        var lineParents = new List<int[]>();
        for (var i = 0; i < parents.Length; i++)
        {
            if (parents[i] is [>= 0 and var parent] && children[parent] == 1 && mayJoin(parent, i))
            {
                _lines[i] = _lines[parent];
                Members[_lines[i]].Add(i);
                continue;
            }

            _lines[i] = Members.Count;
            Members.Add([i]);
            lineParents.Add(Array.ConvertAll(parents[i], p => p < 0 ? p : _lines[p]));
        }

        History = new SequenceHistory([.. lineParents]);
    }

    /// <summary>The history by lines.</summary>
    public SequenceHistory History { get; }

    /// <summary>The operations of each line, oldest first.</summary>
    public List<List<int>> Members { get; } = [];

    /// <summary>Whether an operation did not fit its version, or builds on such a one.</summary>
    public bool IsVoid(int operation) => History.IsVoid[_lines[operation]];

    /// <summary>The operations that no other one has seen.</summary>
    public List<int> Heads() => History.Heads().ConvertAll(line => Members[line][^1]);
}
