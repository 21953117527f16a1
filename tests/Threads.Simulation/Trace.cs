using System.Globalization;
using System.Text;
using Threads.Simulation.Schemas;
using Threads.Simulation.Steps;

namespace Threads.Simulation;

/// <summary>A world and its steps, whole: as text it is what a failure prints and a named test replays.</summary>
/// <param name="Seed">Of the world.</param>
/// <param name="Peers">At its beginning.</param>
/// <param name="Schema">By name.</param>
/// <param name="Steps">In order.</param>
/// <param name="HasLists">Whether the thread has lists of who may do what.</param>
internal sealed record Trace(ulong Seed, int Peers, string Schema, IReadOnlyList<Step> Steps, bool HasLists)
{
    private const string ListsWord = "lists";

    public static Trace Of(Plan plan, IReadOnlyList<Step> steps) => new(plan.Seed, plan.Peers, Schemas.Schema.All[plan.Schema].Name, steps, plan.HasLists);

    /// <summary>Runs all steps; the world's hash at the end, or what did not hold.</summary>
    public (string Hash, CheckFailedException? Failure) Run(Coverage coverage, TextWriter? log = null)
    {
        try
        {
            using var world = new World(Seed, Peers, IndexOf(Schema), HasLists, coverage, log);
            foreach (var step in Steps)
            {
                world.Run(step);
            }

            return (world.Hash, null);
        }
        catch (CheckFailedException e)
        {
            return ("", e);
        }
    }

    /// <exception cref="FormatException">The text is no trace.</exception>
    public static Trace Parse(string text)
    {
        var lines = text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#').ToArray();
        var words = lines.Length > 0 ? lines[0].Split(' ') : [];
        if (words is not (["world", _, _, _] or ["world", _, _, _, ListsWord]))
        {
            throw new FormatException($"A trace begins with the line: world seed peers schema, and the word {ListsWord} where there are any.");
        }

        IndexOf(words[3]);
        return new Trace(ulong.Parse(words[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture), int.Parse(words[2], CultureInfo.InvariantCulture), words[3], [.. lines.Skip(1).Select(Step.Parse)], words.Length > 4);
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"world {Seed:x16} {Peers} {Schema}{(HasLists ? " " + ListsWord : "")}\n");
        foreach (var step in Steps)
        {
            text.Append(step).Append('\n');
        }

        return text.ToString();
    }

    private static int IndexOf(string schema)
    {
        var index = Schemas.Schema.All.ToList().FindIndex(s => s.Name == schema);
        return index >= 0 ? index : throw new FormatException($"There is no schema '{schema}': {string.Join(", ", Schemas.Schema.All.Select(s => s.Name))}.");
    }
}
