using System.Runtime.InteropServices;

namespace Threads.Data.Sequences;

/// <summary>
/// A long text that is edited in place: blocks of at most <see cref="Capacity"/> UTF-16 units, each with its number of surrogate pairs, and a cursor at the block
/// that was last used, so that an edit near the one before costs the same whatever the length. No block begins or ends inside of a pair.
/// </summary>
internal sealed class TextBuffer
{
    private const int Capacity = 2048;

    private readonly List<Block> _blocks = [];
    private int _at;
    private int _unitsBefore;
    private int _pairsBefore;
    private int _pairs;

    public TextBuffer(ReadOnlySpan<char> text)
    {
        _blocks.Add(new Block());
        InsertUnits(0, text);
    }

    /// <summary>UTF-16 units.</summary>
    public int Length { get; private set; }

    public int Points => Length - _pairs;

    /// <summary>Code points of a valid UTF-16 text.</summary>
    public static int CountPoints(ReadOnlySpan<char> text) => text.Length - CountPairs(text);

    /// <summary>How many UTF-16 units the first so many code points take.</summary>
    public static int UnitsOf(ReadOnlySpan<char> text, int points)
    {
        var at = 0;
        for (; points > 0; points--)
        {
            at += char.IsHighSurrogate(text[at]) ? 2 : 1;
        }

        return at;
    }

    /// <summary>The position in code points of a position in UTF-16 units; false inside of a surrogate pair.</summary>
    public bool TryToPoints(int unit, out int point)
    {
        SeekUnit(unit);
        var block = _blocks[_at];
        var offset = unit - _unitsBefore;
        point = unit - _pairsBefore;
        if (block.Pairs == 0)
        {
            return true;
        }

        point -= CountPairs(block.Used[..offset]);
        return offset == 0 || offset == block.Count || !char.IsLowSurrogate(block.Chars[offset]);
    }

    public void InsertPoints(int point, ReadOnlySpan<char> text) => InsertUnits(ToUnit(point), text);

    public void DeletePoints(int point, int count)
    {
        var from = ToUnit(point);
        DeleteUnits(from, ToUnit(point + count) - from);
    }

    /// <summary>Inserts valid UTF-16 at a position that is not inside of a pair.</summary>
    public void InsertUnits(int unit, ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return;
        }

        SeekUnit(unit);
        var offset = unit - _unitsBefore;
        var block = _blocks[_at];
        var pairs = CountPairs(text);
        Length += text.Length;
        _pairs += pairs;
        if (block.Count + text.Length <= Capacity)
        {
            block.Insert(offset, text, pairs);
            return;
        }

        var tail = block.Chars.AsSpan(offset, block.Count - offset).ToArray();
        block.Truncate(offset);
        var added = new List<Block>();
        var last = Fill(block, text, added);
        Fill(last, tail, added);
        _blocks.InsertRange(_at + 1, added);
    }

    public void DeleteUnits(int unit, int count)
    {
        if (count == 0)
        {
            return;
        }

        SeekUnit(unit);
        Length -= count;
        var offset = unit - _unitsBefore;
        var emptied = 0;
        for (var i = _at; count > 0; i++)
        {
            var block = _blocks[i];
            var take = Math.Min(count, block.Count - offset);
            _pairs -= block.Delete(offset, take);
            count -= take;
            offset = 0;
            if (block.Count == 0 && i > _at)
            {
                emptied++;
            }
        }

        // Those that lost all of it lie right behind the first, which stays for the cursor's sake.
        _blocks.RemoveRange(_at + 1, emptied);
        Join();
    }

    public override string ToString()
        => string.Create(Length, _blocks, static (span, blocks) =>
        {
            foreach (var block in blocks)
            {
                block.Used.CopyTo(span);
                span = span[block.Count..];
            }
        });

    private static int CountPairs(ReadOnlySpan<char> text)
    {
        var pairs = 0;
        for (var at = text.IndexOfAnyInRange('\uD800', '\uDBFF'); at >= 0;)
        {
            pairs++;
            text = text[(at + 1)..];
            at = text.IndexOfAnyInRange('\uD800', '\uDBFF');
        }

        return pairs;
    }

    /// <summary>Appends to a block what fits, and the rest to new ones; the last one written to.</summary>
    private static Block Fill(Block block, ReadOnlySpan<char> text, List<Block> added)
    {
        while (!text.IsEmpty)
        {
            if (block.Count >= Capacity / 2)
            {
                added.Add(block = new Block());
            }

            // Half full, so that typing into the middle does not split again at once.
            var take = Math.Min(text.Length, Capacity / 2 - block.Count);
            if (take < text.Length && char.IsLowSurrogate(text[take]))
            {
                take++;
            }

            block.Insert(block.Count, text[..take], CountPairs(text[..take]));
            text = text[take..];
        }

        return block;
    }

    /// <summary>A block that became small goes into its neighbour.</summary>
    private void Join()
    {
        var block = _blocks[_at];
        if (_at + 1 < _blocks.Count && _blocks[_at + 1] is var next && block.Count + next.Count <= Capacity / 2)
        {
            block.Insert(block.Count, next.Used, next.Pairs);
            _blocks.RemoveAt(_at + 1);
        }
    }

    /// <summary>Puts the cursor on the block that holds the position; at a border, on the one before it, where typing goes on.</summary>
    private void SeekUnit(int unit)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)unit, (uint)Length, nameof(unit));
        if (unit < _unitsBefore / 2)
        {
            (_at, _unitsBefore, _pairsBefore) = (0, 0, 0);
        }

        var blocks = CollectionsMarshal.AsSpan(_blocks);
        while (unit < _unitsBefore || unit == _unitsBefore && _at > 0)
        {
            Back(blocks);
        }

        while (unit > _unitsBefore + blocks[_at].Count)
        {
            Forward(blocks);
        }
    }

    private int ToUnit(int point)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)point, (uint)Points, nameof(point));
        if (_pairs == 0)
        {
            return point;
        }

        if (point < (_unitsBefore - _pairsBefore) / 2)
        {
            (_at, _unitsBefore, _pairsBefore) = (0, 0, 0);
        }

        var blocks = CollectionsMarshal.AsSpan(_blocks);
        while (point < _unitsBefore - _pairsBefore)
        {
            Back(blocks);
        }

        while (point > _unitsBefore - _pairsBefore + blocks[_at].Count - blocks[_at].Pairs)
        {
            Forward(blocks);
        }

        var offset = point - (_unitsBefore - _pairsBefore);
        return _unitsBefore + (blocks[_at].Pairs == 0 ? offset : UnitsOf(blocks[_at].Used, offset));
    }

    private void Back(Span<Block> blocks)
    {
        _at--;
        _unitsBefore -= blocks[_at].Count;
        _pairsBefore -= blocks[_at].Pairs;
    }

    private void Forward(Span<Block> blocks)
    {
        _unitsBefore += blocks[_at].Count;
        _pairsBefore += blocks[_at].Pairs;
        _at++;
    }

    private sealed class Block
    {
        public char[] Chars { get; } = new char[Capacity + 2];

        public int Count { get; private set; }

        public int Pairs { get; private set; }

        public ReadOnlySpan<char> Used => Chars.AsSpan(0, Count);

        public void Insert(int at, ReadOnlySpan<char> text, int pairs)
        {
            Chars.AsSpan(at, Count - at).CopyTo(Chars.AsSpan(at + text.Length));
            text.CopyTo(Chars.AsSpan(at));
            Count += text.Length;
            Pairs += pairs;
        }

        /// <summary>Returns how many pairs went.</summary>
        public int Delete(int at, int count)
        {
            var pairs = Pairs == 0 ? 0 : CountPairs(Chars.AsSpan(at, count));
            Chars.AsSpan(at + count, Count - at - count).CopyTo(Chars.AsSpan(at));
            Count -= count;
            Pairs -= pairs;
            return pairs;
        }

        public void Truncate(int count)
        {
            Count = count;
            Pairs = Pairs == 0 ? 0 : CountPairs(Used);
        }
    }
}
