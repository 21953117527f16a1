using Threads.Data.Ipld;
using Threads.Data.Sqlite;

namespace Threads.Data.Merging;

/// <summary>"+d": adds a decimal number, written as text, to a cell that holds one as text. Exact, so it commutes.</summary>
internal sealed class DecimalAdd : ICellOperation
{
    public static DecimalAdd Instance { get; } = new();

    public string Name => "+d";

    public bool Commutes => true;

    public bool KeepsState => false;

    public bool Apply(MergeCell cell, ref CborReader arguments, in MergeStamp stamp, MergeMode mode)
    {
        if (arguments.Peek() != CborKind.Text || !DecimalNumber.TryParse(arguments.ReadTextUtf8(), out var amount))
        {
            return true;
        }

        // A number that the column made a REAL of has lost digits, by the order in which they came.
        var isLossy = cell.Value.Type is SqliteNative.Integer or SqliteNative.Float;
        return DecimalNumber.Add(cell, amount, mode) && !(isLossy && mode == MergeMode.Late);
    }

    public void Finish(MergeCell cell)
    {
    }
}
