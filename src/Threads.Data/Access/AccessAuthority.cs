namespace Threads.Data.Access;

/// <summary>
/// Which changes count (docs/decisions/0020): rank by rank, owners first. A change counts where its author was admin by what it had seen itself, and no revocation by a lower rank that had not seen it cuts it off.
/// Revocations between equals cut off what the other granted, not what he revoked. Each question asks about lower ranks or about ancestors only.
/// </summary>
internal sealed class AccessAuthority
{
    private const int Undecided = -1;

    private readonly FirstList _list;
    private readonly AccessGraph _graph;
    private readonly ILogAncestry _ancestry;
    private readonly int[] _rank;
    private readonly bool[] _widens;
    private readonly Dictionary<string, List<int>> _appointments = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<(int Statement, AccessOp Op)>> _dismissals = new(StringComparer.Ordinal);
    private readonly List<(int Statement, AccessOp Op)> _closes = [];
    private readonly bool[] _isCutOff;

    public AccessAuthority(FirstList list, AccessGraph graph, ILogAncestry ancestry)
    {
        (_list, _graph, _ancestry) = (list, graph, ancestry);
        (_rank, _widens, _isCutOff) = (new int[graph.Statements.Count], new bool[graph.Statements.Count], new bool[graph.Statements.Count]);
        Array.Fill(_rank, Undecided);
        var open = Enumerable.Range(0, _rank.Length).ToList();
        for (var rank = 0; open.Count > 0; rank++)
        {
            var decided = open.FindAll(i => TryDecide(i, rank));
            if (decided.Count == 0)
            {
                break;
            }

            foreach (var i in decided)
            {
                _widens[i] = !IsCutOff(i, rank);
                Appoint(i);
            }

            open.RemoveAll(i => _rank[i] != Undecided);
        }
    }

    /// <summary>Entries that take what their author may not take.</summary>
    public Dictionary<AccessOp, AccessReason> Void { get; } = new(ReferenceEqualityComparer.Instance);

    /// <summary>Whether what the change takes counts.</summary>
    public bool Counts(int statement) => _rank[statement] != Undecided;

    /// <summary>Whether what it gives does.</summary>
    public bool Widens(int statement) => Counts(statement) && _widens[statement];

    /// <summary>Why nothing of it does.</summary>
    public AccessReason ReasonOf(int statement) => _isCutOff[statement] ? AccessReason.Revoked : AccessReason.NotAdmin;

    private bool TryDecide(int i, int rank)
    {
        var author = _graph.Statements[i].Author;
        if (rank == 0 ? !_list.IsOwner(author) : RankIn(author, i, rank) != rank)
        {
            return false;
        }

        if (rank > 0 && IsCutOff(i, rank - 1))
        {
            _isCutOff[i] = true;
            return false;
        }

        (_rank[i], _isCutOff[i]) = (rank, false);
        foreach (var op in _graph.Statements[i].Change.Ops)
        {
            Dismiss(i, op, rank);
        }

        return true;
    }

    /// <summary>An admin's rank by what the change had seen: one more than that of who appointed him, the lowest of several; null: he was none. Ranks up to <paramref name="most"/> are asked about.</summary>
    private int? RankIn(string peer, int i, int most)
    {
        if (_list.IsOwner(peer))
        {
            return 0;
        }

        int? lowest = null;
        foreach (var appointment in _appointments.GetValueOrDefault(peer, []))
        {
            if (_graph.IsBefore(appointment, i) && _rank[appointment] < most && !(lowest <= _rank[appointment] + 1) && !IsDismissed(peer, appointment, i))
            {
                lowest = _rank[appointment] + 1;
            }
        }

        return lowest;
    }

    /// <summary>Whether the change had seen that the appointment was taken back.</summary>
    private bool IsDismissed(string peer, int appointment, int i)
        => _dismissals.GetValueOrDefault(peer, []).Exists(d => _graph.IsBefore(d.Statement, i) && !_graph.IsBefore(d.Statement, appointment));

    /// <summary>Whether somebody up to the rank took the author's right, or closed his log, without having seen the change.</summary>
    private bool IsCutOff(int i, int upTo)
    {
        var statement = _graph.Statements[i];
        return _dismissals.GetValueOrDefault(statement.Author, []).Exists(CutsOff) || _closes.Exists(c => c.Op.Heads[0].Log == _ancestry.LogOf(statement.Record) && CutsOff(c));

        bool CutsOff((int Statement, AccessOp Op) taken)
            => taken.Statement != i && _rank[taken.Statement] <= upTo && !_graph.IsBefore(taken.Statement, i) && !Covers(taken.Op, i);
    }

    private bool Covers(AccessOp op, int i)
        => op.Heads.Any(h => _ancestry.Covers(h, _graph.Statements[i].Record) || _graph.Twins.Exists(t => t.Statement == i && _ancestry.Covers(h, t.Record)));

    private void Dismiss(int i, AccessOp op, int rank)
    {
        if (op.Kind == AccessOpKind.Close)
        {
            _closes.Add((i, op));
            return;
        }

        if (op.Kind != AccessOpKind.Expel && (op.Kind != AccessOpKind.Revoke || op.Path.Depth > 0 || !AccessPrincipal.IsPeer(op.Principal)))
        {
            return;
        }

        if (_list.IsOwner(op.Principal))
        {
            Void.Add(op, AccessReason.Owner);
        }
        else if (RankIn(op.Principal, i, rank) < rank)
        {
            Void.Add(op, AccessReason.Senior);
        }
        else if (op.Kind == AccessOpKind.Expel || (AccessRoles.Lost(op.Roles) & ThreadRoles.Admin) != 0)
        {
            Add(_dismissals, op.Principal, (i, op));
        }
    }

    private void Appoint(int i)
    {
        foreach (var op in _graph.Statements[i].Change.Ops)
        {
            if (_widens[i] && op.Kind == AccessOpKind.Grant && (op.Roles & ThreadRoles.Admin) != 0)
            {
                Add(_appointments, op.Principal, i);
            }
        }
    }

    private static void Add<T>(Dictionary<string, List<T>> lists, string key, T value)
    {
        if (!lists.TryGetValue(key, out var list))
        {
            lists.Add(key, list = []);
        }

        list.Add(value);
    }
}
