using Threads.Data.Capture;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>
/// Keeps the tables within their constraints (decision 7): what the merge left unsettled goes through the passes, the losers are held back and listed, and what
/// may return does. In a fold scope. A remote record is settled at once; a local commit decides before it is sealed, since its releases travel in its record, and
/// writes after.
/// </summary>
internal sealed class ConstraintFold(SqliteDatabase database, ConstraintCatalog constraints, EntityStore entities, ClockOrder order, EntityRefold refold, HeldRows held, RowReader rows)
{
    /// <summary>What the events folded so far leave to be settled.</summary>
    public Unsettled Unsettled { get; } = new();

    public HeldRows Held => held;

    /// <summary>The schema may be another one.</summary>
    public void ForgetSchema()
    {
        constraints.Forget();
        rows.Forget();
        held.Forget();
    }

    /// <summary>What stands beside the fast path for events of a shape.</summary>
    public ShapeWatch Watch(ShapeBinding shape) => new(database, constraints.Of(shape.Table), shape.Shape, shape.Columns, held, rows, Unsettled);

    /// <summary>Settles what is unsettled, tables and all.</summary>
    public void Settle()
    {
        while (!Unsettled.IsEmpty)
        {
            var settlement = new Settlement(new ConstraintGraph(database, entities, held, rows), order);
            var changed = new HashSet<FoldNode>();
            foreach (var (table, key) in Unsettled.Deferred.Take())
            {
                changed.Add(FoldAnew(settlement.Graph, constraints.Of(constraints.Current(table)), key));
            }

            foreach (var (table, key) in Unsettled.Present.Take())
            {
                if (settlement.Graph.Find(table, key) is null)
                {
                    var node = settlement.Graph.Get(constraints.Of(constraints.Current(table)), key);
                    node.IsChanged = true;
                    changed.Add(node);
                }
            }

            var freed = Freed();
            Unsettled.Freed.Clear();
            settlement.Run(changed, freed);
            Write(settlement, freed);
        }
    }

    /// <summary>A local transaction: its rows stand in the tables. Decides what becomes of held-back rows; <see cref="Write"/> follows when the record is stored.</summary>
    public Settlement Decide()
    {
        var settlement = new Settlement(new ConstraintGraph(database, entities, held, rows), order);
        var changed = new HashSet<FoldNode>();
        foreach (var (table, key) in Unsettled.Present.Take())
        {
            var node = settlement.Graph.Get(constraints.Of(constraints.Current(table)), key);
            if (!node.IsPresent && rows.Read(node.Table, key) is { } claims)
            {
                // It was held back, and the user wrote it anew.
                node.IsPresent = true;
                settlement.Graph.Change(node, isLive: true, claims, refusal: null);
            }

            node.IsChanged = true;
            changed.Add(node);
        }

        settlement.Run(changed, Freed());
        return settlement;
    }

    /// <summary>Rows a local transaction left in the tables that would not be shown, and the held-back ones that displace them: the oldest claimant of a key each time.</summary>
    public List<FoldNode> Displacing(Settlement settlement)
    {
        var found = new List<FoldNode>();
        foreach (var lost in settlement.Graph.Nodes.Where(n => n.IsPresent && n.Standing != Standing.Shown).ToArray())
        {
            foreach (var (unique, key) in lost.Claims.Claims)
            {
                if (settlement.OldestOf(unique, key) is { IsPresent: false } older && order.Compare(older.Rank, lost.Rank) < 0 && !found.Contains(older))
                {
                    found.Add(older);
                }
            }
        }

        foreach (var older in found)
        {
            older.IsChanged = true;
        }

        found.Sort((x, y) => order.Compare(x.Rank, y.Rank));
        return found;
    }

    /// <summary>A row of the local result that the passes don't show; null: all are.</summary>
    public static FoldNode? Lost(Settlement settlement) => settlement.Graph.Nodes.FirstOrDefault(n => n.IsPresent && n.Standing != Standing.Shown);

    /// <summary>Brings tables and lists to what was decided: first all that leave, then all that come, so that rows which swap a value never meet.</summary>
    public void Write(Settlement settlement, IReadOnlyCollection<(UniqueKey Unique, ClaimKey Key)> freed)
    {
        var nodes = settlement.Graph.Nodes.Where(n => n.IsChanged || n.Standing != n.Stored || (n.Standing is Standing.Orphan or Standing.Stranded && settlement.Looked.Contains(n))).ToList();
        var masks = new MaskedReferences(database, constraints, held, refold, rows, settlement.Graph);
        masks.Note(nodes, freed);
        foreach (var node in nodes)
        {
            if (node.IsPresent && node.Standing != Standing.Shown)
            {
                refold.DeleteRow(node.Table.Table, node.Key);
                node.IsPresent = false;
            }

            if (node.Stored is not (Standing.Absent or Standing.Shown) || (node.Standing != Standing.Shown && held.IsWatched(node.Table.Table)))
            {
                held.Remove(node.Table.Table, node.Key);
            }
        }

        foreach (var node in nodes.Where(n => n is { Standing: Standing.Shown, IsPresent: false }))
        {
            Show(node);
        }

        foreach (var node in nodes.Where(n => n.Standing is not (Standing.Absent or Standing.Shown)))
        {
            held.Add(node, order.TieBreak(node.Rank), settlement.Fault(node));
        }

        foreach (var (unique, key) in settlement.Touched)
        {
            var claimants = settlement.Graph.Claimants(unique, key).FindAll(n => n.IsReferenced);
            held.SetOwner(unique, key, claimants.Count > 1 ? claimants.Find(n => n.IsShown) : null);
        }

        held.Forget();
        masks.Apply();
        held.Forget();
    }

    /// <summary>By the constraints as they are now.</summary>
    public (UniqueKey Unique, ClaimKey Key)[] Freed()
        => [.. Unsettled.Freed.Select(f => (constraints.Current(f.Unique), f.Key)).Where(f => f.Item1 is not null).Select(f => (f.Item1!, f.Key))];

    /// <summary>A row whose events are to be read again: its row in the table, if any, is not what they say.</summary>
    private FoldNode FoldAnew(ConstraintGraph graph, TableConstraints table, byte[] key)
    {
        var node = graph.Get(table, key);
        if (node.IsPresent)
        {
            refold.DeleteRow(table.Table, key);
            node.IsPresent = false;
        }

        node.Image = refold.Fold(table.Table, key, out var rank);
        node.Rank = rank;
        string? refusal = null;
        var claims = node.Image is null ? null : ReadAlone(node, out refusal);
        graph.Change(node, node.Image is not null, claims ?? RowClaims.None, refusal);
        return node;
    }

    private RowClaims? ReadAlone(FoldNode node, out string? refusal)
    {
        var columns = EntityRefold.Columns(node.Table.Table, node.Image!);
        return rows.ReadAlone(node.Table, columns, insert => EntityRefold.Bind(insert, node.Table.Table, node.Key, node.Image!, columns), node.Key, out refusal);
    }

    private void Show(FoldNode node)
    {
        node.Image ??= refold.Fold(node.Table.Table, node.Key, out _) ?? throw ThreadsErrors.UnknownRow(node.Table.Table.Name);
        var rc = refold.InsertRow(node.Table.Table, node.Key, node.Image);
        if (rc == SqliteNative.Ok)
        {
            node.IsPresent = true;
            return;
        }

        // SQLite judges otherwise than we could: an index by a collation or a function of the user's.
        node.Refusal = RowReader.Plain(database.Error(rc).Message);
        node.Stand(Standing.Absent);
    }
}
