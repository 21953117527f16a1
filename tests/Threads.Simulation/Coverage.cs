using System.Globalization;
using System.Text;

namespace Threads.Simulation;

/// <summary>How often each interesting thing happened.</summary>
internal sealed class Coverage
{
    private readonly SortedDictionary<string, long> _hits = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, long> Hits => _hits;

    public void Hit(string what, long times = 1)
    {
        if (times > 0)
        {
            _hits[what] = _hits.GetValueOrDefault(what) + times;
        }
    }

    public void Add(Coverage other)
    {
        foreach (var (what, times) in other._hits)
        {
            Hit(what, times);
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (what, times) in _hits)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {times,10}  {what}\n");
        }

        return text.ToString();
    }
}
