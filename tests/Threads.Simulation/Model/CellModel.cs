using Threads.Data.Events;
using Threads.Data.Ipld;

namespace Threads.Simulation.Model;

/// <summary>A cell on its way through the events of its row: its newest assignment, and upon it, in the order of all, every operation since.</summary>
/// <param name="column">Where it is.</param>
/// <param name="born">The create that brings the row.</param>
internal sealed class CellModel(ColumnModel column, EventClock born)
{
    /// <summary>The function that the schema's column of a custom kind names: the longer text, of two as long the one that is greater.</summary>
    public const string LongestName = "simulation-longest";

    private static readonly HashSet<string> s_operations = ["+", "+d", "+r", "max", "max-t", "min", "min-t", "set", "json", "text", "list", "call"];

    private readonly List<(EventClock Clock, byte[] Arguments)> _edits = [];
    private readonly EventClock _born = born;
    private string _kind = "";
    private EventClock _assigned = born;
    private Value _value = column.Default;

    /// <summary>No event has said anything of it.</summary>
    public bool IsUntouched { get; private set; } = true;

    public static string? Longest(string? held, string? assigned)
        => held is null || assigned is not null && (assigned.Length, string.CompareOrdinal(assigned, held)).CompareTo((held.Length, 0)) > 0 ? assigned : held;

    public void Take(DecodedEvent from, DecodedCell said)
    {
        IsUntouched = false;
        if (said.Operation is not { } operation)
        {
            _edits.Clear();
            (_value, _assigned) = (said.Value, from.Clock);
            return;
        }

        if (from.Kind == EventKind.Create)
        {
            _assigned = from.Clock;
        }

        if (from.Clock == _born)
        {
            // With the create that brings the row, the cell begins anew.
            _edits.Clear();
            _value = Value.Null;
        }

        if (!s_operations.Contains(operation))
        {
            // What nobody knows is as if it had not been said.
            return;
        }

        if (operation is "text" or "list")
        {
            if (_edits.Count > 0 && _kind != operation)
            {
                Finish();
            }

            _kind = operation;
            _edits.Add((from.Clock, said.Arguments));
            return;
        }

        Finish();
        _value = Apply(operation, _value.In(column.Affinity), said).In(column.Affinity);
    }

    public Value Show()
    {
        Finish();
        return _value.In(column.Affinity);
    }

    private void Finish()
    {
        if (_edits.Count > 0)
        {
            var stored = _value.In(column.Affinity);
            _value = _kind == "text" ? SequenceModel.Text(stored, _assigned.Time, _edits) : SequenceModel.List(stored, _assigned.Time, _edits);
            _edits.Clear();
        }
    }

    private static Value Apply(string operation, Value held, DecodedCell said) => operation switch
    {
        "+" when said.Value.Kind == ValueKind.Integer && held.Kind == ValueKind.Real => Value.Of(held.Real + said.Value.Integer),
        "+" when said.Value.Kind == ValueKind.Integer => Value.Of((held.Kind == ValueKind.Integer ? held.Integer : 0) + said.Value.Integer),
        "max" when said.Value.IsNumber => !held.IsNumber || said.Value.Number > held.Number ? said.Value : held,
        "min" when said.Value.IsNumber => !held.IsNumber || said.Value.Number < held.Number ? said.Value : held,
        "set" => JsonModel.Set(held, said.Arguments),
        "json" => JsonModel.Patch(held, said.Arguments),
        "call" => Call(held, said.Arguments),
        _ => held,
    };

    private static Value Call(Value held, byte[] arguments)
    {
        var reader = new CborReader(arguments);
        if (reader.Peek() != CborKind.Array || reader.ReadArray() != 3 || reader.Peek() != CborKind.Text)
        {
            return held;
        }

        var name = reader.ReadText();
        SqlValue.Read(ref reader);
        var assigned = Value.Of(SqlValue.Read(ref reader));
        return name != LongestName ? assigned : Longest(TextOf(held), TextOf(assigned)) is { } longest ? Value.Of(longest) : Value.Null;
    }

    private static string? TextOf(Value value) => value.IsNull ? null : value.TextValue;
}
