using System.Text;
using SQLitePCL;

namespace Microsoft.EntityFrameworkCore.Threads.Storage;

/// <summary>
/// <c>ef_join(value, separator, order, key…)</c>: what <c>group_concat(DISTINCT value, separator ORDER BY key…)</c> is from SQLite 3.44 on. <c>order</c> has two
/// letters for each key, <c>+</c> or <c>-</c> and its collation, and a <c>u</c> before them when each value counts once. NULL values are left out.
/// </summary>
internal sealed class OrderedJoin
{
    public const string Function = "ef_join";
    public const char Once = 'u';

    private readonly List<(string Value, Key[] Keys)> _rows = [];
    private string _separator = "";
    private string _order = "";

    /// <summary>The letter of a collation; null for one that is not known here.</summary>
    public static char? Letter(string? collation) => collation?.ToUpperInvariant() switch
    {
        null or "" or "BINARY" => 'B',
        "NOCASE" => 'N',
        "RTRIM" => 'R',
        Query.ValueOrder.DecimalCollation => 'D',
        _ => null,
    };

    public void Add(sqlite3_value[] values)
    {
        if (raw.sqlite3_value_type(values[0]) == raw.SQLITE_NULL)
        {
            return;
        }

        _separator = Text(values[1]);
        _order = Text(values[2]);
        var first = Directions;
        var keys = new Key[values.Length - 3];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = new Key(values[3 + i], _order[first + (i * 2) + 1]);
        }

        _rows.Add((Text(values[0]), keys));
    }

    public override string ToString()
    {
        var first = Directions;
        var rows = _rows.Order(Comparer<(string Value, Key[] Keys)>.Create((x, y) =>
        {
            for (var i = 0; i < x.Keys.Length; i++)
            {
                var compared = x.Keys[i].CompareTo(y.Keys[i]);
                if (compared != 0)
                {
                    return _order[first + (i * 2)] == '-' ? -compared : compared;
                }
            }

            return 0;
        })).Select(r => r.Value);
        return string.Join(_separator, first > 0 ? rows.Distinct(StringComparer.Ordinal) : rows);
    }

    private int Directions => _order.StartsWith(Once) ? 1 : 0;

    private static string Text(sqlite3_value value) => raw.sqlite3_value_text(value).utf8_to_string() ?? "";

    /// <summary>A value as SQLite sorts it: NULL, then numbers, then text by its bytes, then bytes.</summary>
    private readonly struct Key : IComparable<Key>
    {
        private readonly int _class;
        private readonly long _whole;
        private readonly double _real;
        private readonly byte[]? _bytes;
        private readonly decimal _decimal;

        public Key(sqlite3_value value, char collation)
        {
            switch (raw.sqlite3_value_type(value))
            {
                case raw.SQLITE_NULL:
                    _class = 0;
                    break;
                case raw.SQLITE_INTEGER:
                    (_class, _whole) = (1, raw.sqlite3_value_int64(value));
                    break;
                case raw.SQLITE_FLOAT:
                    (_class, _real) = (2, raw.sqlite3_value_double(value));
                    break;
                case raw.SQLITE_TEXT when collation == 'D':
                    (_class, _decimal) = (3, SqlText.ParseDecimal(Text(value)));
                    break;
                case raw.SQLITE_TEXT:
                    var text = Text(value);
                    _class = 4;
                    _bytes = Encoding.UTF8.GetBytes(collation == 'R' ? text.TrimEnd(' ') : text);
                    foreach (ref var letter in _bytes.AsSpan())
                    {
                        letter = collation == 'N' && char.IsAsciiLetterUpper((char)letter) ? (byte)(letter | 0x20) : letter;
                    }

                    break;
                default:
                    (_class, _bytes) = (5, raw.sqlite3_value_blob(value).ToArray());
                    break;
            }
        }

        public int CompareTo(Key other) => (_class, other._class) switch
        {
            (1, 1) => _whole.CompareTo(other._whole),
            (2, 2) => _real.CompareTo(other._real),
            (1, 2) => Compare(_whole, other._real),
            (2, 1) => -Compare(other._whole, _real),
            (3, 3) => _decimal.CompareTo(other._decimal),
            (4, 4) or (5, 5) => _bytes.AsSpan().SequenceCompareTo(other._bytes),
            var (x, y) => x.CompareTo(y),
        };

        /// <summary>Exactly: a whole number beyond 2⁵³ may lie between two reals.</summary>
        private static int Compare(long whole, double real)
        {
            const double Beyond = 9_223_372_036_854_775_808;
            if (real is >= Beyond or < -Beyond)
            {
                return real > 0 ? -1 : 1;
            }

            var compared = whole.CompareTo((long)real);
            return compared != 0 ? compared : Math.Truncate(real).CompareTo(real);
        }
    }
}
