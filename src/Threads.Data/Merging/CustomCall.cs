using System.Text;
using Threads.Data.Events;
using Threads.Data.Ipld;

namespace Threads.Data.Merging;

/// <summary>
/// "call": [name, seen, assigned]: what the function registered under the name makes of the cell, of what the author saw there and of what he assigned. Where there is none, or it fails,
/// the cell holds what was assigned last.
/// </summary>
internal sealed class CustomCall : ICellOperation
{
    public static CustomCall Instance { get; } = new();

    public string Name => "call";

    public bool Commutes => false;

    public bool KeepsState => false;

    public bool Apply(MergeCell cell, ref CborReader arguments, in MergeStamp stamp, MergeMode mode)
    {
        if (arguments.Peek() != CborKind.Array || arguments.ReadArray() != 3 || arguments.Peek() != CborKind.Text)
        {
            return true;
        }

        var name = arguments.ReadTextUtf8();
        var seen = SqlValue.Read(ref arguments);
        var assigned = SqlValue.Read(ref arguments);
        if (name.Length > CustomMerge.MaxName)
        {
            return true;
        }

        if (CellReducers.Find(Encoding.UTF8.GetString(name)) is { } reducer)
        {
            reducer(cell, seen, assigned);
        }
        else
        {
            cell.Missing = Encoding.UTF8.GetString(name);
            cell.Value = assigned;
        }

        return true;
    }

    public void Finish(MergeCell cell)
    {
    }
}

/// <summary>A function of the user's decides, by name.</summary>
internal sealed class CustomMerge(string name) : IMergeKind
{
    public const string Kind = "custom";
    public const int MaxName = 200;

    public ICellOperation? TryDiff(MergeCell was, in SqlValue now, bool isNew, CborWriter arguments)
    {
        if (isNew)
        {
            return null;
        }

        arguments.StartArray(3);
        arguments.WriteText(name);
        was.Value.Write(arguments);
        now.Write(arguments);
        return CustomCall.Instance;
    }
}
