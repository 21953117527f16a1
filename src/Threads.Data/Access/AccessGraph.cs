namespace Threads.Data.Access;

/// <summary>The versions in the order of their times, each with all that it follows, straight or by way of others.</summary>
internal sealed class AccessGraph
{
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly List<ulong[]> _pasts = [];

    /// <summary>Places what hangs on the first list; what follows an unknown version, or one that is not older, is left to <paramref name="unplaced"/>.</summary>
    public AccessGraph(string anchor, IEnumerable<AccessStatement> statements, List<AccessStatement> unplaced)
    {
        foreach (var statement in statements.OrderBy(s => s.Time).ThenBy(s => s.Digest, StringComparer.Ordinal))
        {
            if (_places.ContainsKey(statement.Digest))
            {
                // The same change on two branches of a fork.
                Twins.Add((_places[statement.Digest], statement.Record));
                continue;
            }

            if (TryJoinPasts(anchor, statement, out var past))
            {
                _places.Add(statement.Digest, Statements.Count);
                Statements.Add(statement);
                _pasts.Add(past);
            }
            else
            {
                unplaced.Add(statement);
            }
        }
    }

    public List<AccessStatement> Statements { get; } = [];

    /// <summary>Other records that hold a statement, too.</summary>
    public List<(int Statement, long Record)> Twins { get; } = [];

    public string DigestOf(int statement) => Statements[statement].Digest;

    /// <summary>Whether the author of <paramref name="later"/> had seen <paramref name="earlier"/>.</summary>
    public bool IsBefore(int earlier, int later)
    {
        var past = _pasts[later];
        return earlier >> 6 < past.Length && (past[earlier >> 6] >> (earlier & 63) & 1) != 0;
    }

    /// <summary>Versions that none follows; the anchor where there are none at all.</summary>
    public static string[] Newest(string anchor, IReadOnlyCollection<AccessStatement> effective)
    {
        var followed = effective.SelectMany(s => s.Change.Follows).ToHashSet(StringComparer.Ordinal);
        var newest = effective.Select(s => s.Digest).Where(d => !followed.Contains(d)).Order(StringComparer.Ordinal).ToArray();
        return newest.Length == 0 ? [anchor] : newest;
    }

    private bool TryJoinPasts(string anchor, AccessStatement statement, out ulong[] past)
    {
        past = new ulong[(Statements.Count >> 6) + 1];
        foreach (var digest in statement.Change.Follows)
        {
            if (digest == anchor)
            {
                continue;
            }

            if (!_places.TryGetValue(digest, out var place) || Statements[place].Time >= statement.Time)
            {
                return false;
            }

            var other = _pasts[place];
            for (var i = 0; i < other.Length; i++)
            {
                past[i] |= other[i];
            }

            past[place >> 6] |= 1UL << (place & 63);
        }

        return true;
    }
}
