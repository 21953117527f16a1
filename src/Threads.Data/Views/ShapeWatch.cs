using Threads.Data.Capture;
using Threads.Data.Events;
using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Views;

/// <summary>
/// Stands beside the fast path of the fold: what an event of a shape may concern besides its own row. Most events concern nothing: their table has no held-back rows, and
/// their parents are there.
/// </summary>
internal sealed class ShapeWatch
{
    private readonly TableConstraints _constraints;
    private readonly HeldRows _held;
    private readonly RowReader _rows;
    private readonly Unsettled _unsettled;
    private readonly SqliteDatabase _database;
    private readonly EventKind _kind;
    private readonly ParentCheck[] _parents;
    private readonly bool _isRelevant;
    private readonly bool _changesParentKeys;
    private readonly bool _checksParentsLater;
    private readonly bool _isParent;

    public ShapeWatch(SqliteDatabase database, TableConstraints constraints, EventShape shape, ColumnSchema?[] columns, HeldRows held, RowReader rows, Unsettled unsettled)
    {
        _database = database;
        _constraints = constraints;
        _held = held;
        _rows = rows;
        _unsettled = unsettled;
        _kind = shape.Kind;
        var named = columns.OfType<ColumnSchema>().Skip(shape.Kind == EventKind.Create ? 0 : shape.KeyCount).Select(c => c.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        _isRelevant = shape.Kind == EventKind.Create || constraints.Relevant.Overlaps(named);
        _isParent = constraints.IsReferenced;
        _changesParentKeys = shape.Kind == EventKind.Save && constraints.Uniques.Any(u => u.Referrers.Count > 0 && u.Columns.Any(c => c is not null && named.Contains(c)));
        var touched = shape.Kind == EventKind.Delete ? [] : constraints.References.Where(r => r.Columns.Any(c => named.Contains(c.Name))).ToArray();
        var simple = touched.Where(r => !r.Converts && r.Columns.All(c => Array.IndexOf(columns, c) >= 0)).ToArray();
        _checksParentsLater = simple.Length < touched.Length;
        _parents = Array.ConvertAll(simple, r => new ParentCheck(database, r, columns));
    }

    /// <summary>Before the row is written; false: leave it as it is, to be folded anew. The reader stands at the event's first value.</summary>
    public bool Before(CborReader raw, in SqlValue key)
    {
        if (_kind == EventKind.Create && !KeyFits(raw))
        {
            return false;
        }

        if (_held.IsWatched(_constraints.Table))
        {
            if (_held.Contains(_constraints.Table, key))
            {
                return false;
            }

            if (_kind == EventKind.Delete || (_kind == EventKind.Save && _isRelevant))
            {
                Free(key, all: true);
            }
        }
        else if (_changesParentKeys || (_kind == EventKind.Delete && _isParent))
        {
            Free(key, all: false);
        }

        return true;
    }

    /// <summary>After the row was written, with <paramref name="all"/> of the event's values or some. The reader stands at the first value; the values are pinned.</summary>
    public void After(CborReader raw, in SqlValue key, bool all)
    {
        if (_kind == EventKind.Delete)
        {
            return;
        }

        if (_checksParentsLater || (_isRelevant && _held.IsWatched(_constraints.Table)) || (_parents.Length > 0 && (!all || !FindsParents(raw))))
        {
            _unsettled.Present.Add(_constraints.Table, key);
        }
    }

    /// <summary>A key that the column would convert is judged in the settlement.</summary>
    private bool KeyFits(CborReader raw)
    {
        for (var i = 0; i < _constraints.Table.KeyCount; i++)
        {
            var type = SqlValue.Read(ref raw).Type;
            var fits = _constraints.Affinities[i] switch
            {
                "BLOB" => true,
                "TEXT" => type is SqliteNative.Text or SqliteNative.Blob,
                _ => type != SqliteNative.Text,
            };
            if (!fits)
            {
                return false;
            }
        }

        return true;
    }

    private bool FindsParents(CborReader raw)
    {
        foreach (var parent in _parents)
        {
            if (!parent.Finds(raw))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The row gives up claims: noted where somebody may wait for them, or refers to them.</summary>
    private void Free(in SqlValue key, bool all)
    {
        if (_rows.Read(_constraints, RowKey.Of(key)) is not { } claims)
        {
            return;
        }

        foreach (var (unique, claim) in claims.Claims)
        {
            if (all || unique.Referrers.Exists(r => HasChild(r, claim)))
            {
                _unsettled.Freed.Add((unique, claim));
            }
        }
    }

    private bool HasChild(Reference reference, ClaimKey parent)
    {
        if (reference.Converts)
        {
            return true;
        }

        var conditions = reference.Columns.Select((c, i) =>
        {
            var collation = reference.Target.Collations[i];
            return FormattableString.Invariant($"{c.Quoted}{(collation == "BINARY" ? "" : $" COLLATE \"{collation}\"")} = ?{i + 1}");
        });
        var child = _database[$"SELECT 1 FROM main.{reference.Child.Quoted} WHERE {string.Join(" AND ", conditions)} LIMIT 1"];
        parent.Bind(child, 1);
        return child.ScalarInt64() == 1;
    }

    private sealed class ParentCheck
    {
        private readonly SqliteStatement _find;
        private readonly int[] _slots;
        private readonly int _last;

        public ParentCheck(SqliteDatabase database, Reference reference, ColumnSchema?[] columns)
        {
            var target = reference.Target;
            _slots = Array.ConvertAll(reference.Columns, c => Array.IndexOf(columns, c));
            _last = _slots.Max();
            _find = database[$"SELECT 1 FROM main.{target.Table.Quoted} WHERE {string.Join(" AND ", target.Parts.Select((_, i) => FormattableString.Invariant($"{target.Compared(i)} = ?{i + 1}")))}"];
        }

        public bool Finds(CborReader raw)
        {
            for (var column = 0; column <= _last; column++)
            {
                var slot = Array.IndexOf(_slots, column);
                if (slot < 0)
                {
                    raw.Skip();
                    continue;
                }

                var value = SqlValue.Read(ref raw);
                if (value.IsNull)
                {
                    return true;
                }

                for (; slot >= 0; slot = Array.IndexOf(_slots, column, slot + 1))
                {
                    value.Bind(_find, slot + 1, pinned: true);
                }
            }

            return _find.ScalarInt64() == 1;
        }
    }
}
