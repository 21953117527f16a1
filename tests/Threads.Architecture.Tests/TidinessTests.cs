using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Threads.Architecture.Tests;

/// <summary>What src/ does without: clocks and chance of its own, waiting, swallowed exceptions, files with a second subject in them.</summary>
public partial class TidinessTests
{
    private const int LongestFileLines = 400;

    /// <summary>Files that are longer, each with its reason. The list is to stay empty.</summary>
    private static readonly string[] LongFiles = [];

    /// <summary>Banned members, each with what to use instead.</summary>
    private static readonly Dictionary<string, string> Banned = new()
    {
        ["System.DateTime.Now"] = "an injected TimeProvider",
        ["System.DateTime.UtcNow"] = "an injected TimeProvider",
        ["System.DateTime.Today"] = "an injected TimeProvider",
        ["System.DateTimeOffset.Now"] = "an injected TimeProvider",
        ["System.DateTimeOffset.UtcNow"] = "an injected TimeProvider",
        ["System.Environment.TickCount"] = "an injected TimeProvider",
        ["System.Environment.TickCount64"] = "an injected TimeProvider",
        ["System.Random.Shared"] = "an injected generator",
        ["System.Guid.NewGuid()"] = "Guid.CreateVersion7 with the time of an injected TimeProvider, or an injected generator",
        ["System.Guid.CreateVersion7()"] = "Guid.CreateVersion7 with the time of an injected TimeProvider",
        ["System.Threading.Tasks.Task.Delay(int)"] = "Task.Delay with a TimeProvider",
        ["System.Threading.Tasks.Task.Delay(int, System.Threading.CancellationToken)"] = "Task.Delay with a TimeProvider",
        ["System.Threading.Tasks.Task.Delay(System.TimeSpan)"] = "Task.Delay with a TimeProvider",
        ["System.Threading.Tasks.Task.Delay(System.TimeSpan, System.Threading.CancellationToken)"] = "Task.Delay with a TimeProvider",
        ["System.Threading.Thread.Sleep(int)"] = "an awaited signal",
        ["System.Threading.Thread.Sleep(System.TimeSpan)"] = "an awaited signal",
        ["System.Random.Random()"] = "an injected generator",
        ["System.Random.Random(int)"] = "an injected generator",
        ["System.NotImplementedException.NotImplementedException()"] = "the implementation",
        ["System.NotImplementedException.NotImplementedException(string)"] = "the implementation",
    };

    [Fact]
    public void Source_takes_time_and_chance_as_arguments()
    {
        var wrong = new List<string>();
        foreach (var model in Repository.SourceProjects.Select(SourceModel.Of))
        {
            foreach (var tree in model.Trees)
            {
                var meaning = model.Meaning(tree);
                foreach (var node in tree.GetRoot().DescendantNodes().Where(n => n is SimpleNameSyntax or BaseObjectCreationExpressionSyntax))
                {
                    if (meaning.GetSymbolInfo(node).Symbol is { } symbol && Banned.TryGetValue(Known(symbol), out var instead))
                        wrong.Add($"{At(node)}: {symbol.ContainingType.Name}.{symbol.Name}; use {instead}");
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void Source_swallows_no_exception()
        => Nowhere<CatchClauseSyntax>(c => c.Block.Statements.Count == 0 && c.Filter is null, "an empty catch: handle it, narrow it with a filter, or let it through");

    [Fact]
    public void Source_has_no_regions()
        => Nowhere<RegionDirectiveTriviaSyntax>(_ => true, "a region: a file that needs one holds two subjects");

    [Fact]
    public void Source_has_no_unfinished_words()
    {
        var wrong = Repository.Files("src", ".cs").Concat(Repository.Files("samples", ".cs")).SelectMany(f => Lines(f, Unfinished())).ToArray();
        Assert.True(wrong.Length == 0, "Finish it, or name it in an issue:\n" + string.Join('\n', wrong));
    }

    [Fact]
    public void No_file_is_longer_than_a_reader_holds_in_mind()
    {
        var wrong = Repository.Files("src", ".cs").Select(f => (Name: Repository.Name(f), Lines: File.ReadLines(f).Count()))
            .Where(f => f.Lines > LongestFileLines && !LongFiles.Contains(f.Name)).Select(f => $"{f.Name}: {f.Lines} lines");
        Assert.Empty(wrong);
        Assert.Empty(LongFiles);
    }

    [Fact]
    public void No_file_names_a_place_on_somebodys_machine()
    {
        var wrong = Repository.Files("", ".cs", ".csproj", ".props", ".targets", ".resx", ".md", ".sh", ".json", ".sln", ".txt")
            .Append(Repository.At(".ci", "run")).Where(File.Exists).SelectMany(f => Lines(f, MachinePath())).ToArray();
        Assert.True(wrong.Length == 0, "Paths of a machine:\n" + string.Join('\n', wrong));
    }

    private static void Nowhere<TNode>(Func<TNode, bool> isWrong, string what) where TNode : SyntaxNode
    {
        var wrong = Repository.SourceProjects.SelectMany(p => SourceModel.Of(p).Trees)
            .SelectMany(t => t.GetRoot().DescendantNodes(descendIntoTrivia: true).OfType<TNode>()).Where(isWrong).Select(n => $"{At(n)}: {what}").ToArray();
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    private static string Known(ISymbol symbol)
        => symbol.OriginalDefinition.ToDisplayString(SymbolDisplayFormat.CSharpErrorMessageFormat);

    private static IEnumerable<string> Lines(string file, Regex pattern)
        => File.ReadLines(file).Select((text, i) => (text, line: i + 1)).Where(l => pattern.IsMatch(l.text)).Select(l => $"{Repository.Name(file)}:{l.line}: {l.text.Trim()}");

    private static string At(SyntaxNode node)
        => $"{Repository.Name(node.SyntaxTree.FilePath)}:{node.SyntaxTree.GetLineSpan(node.Span).StartLinePosition.Line + 1}";

    [GeneratedRegex("""\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException|[Ss]implified|\bfor now\b|\b[Pp]laceholder\b|\b[Ss]tub\b""")]
    private static partial Regex Unfinished();

    [GeneratedRegex("""(^|[^A-Za-z0-9_.<)])/(home|root|Users|work|tmp)/[a-z]|[A-Z]:\\Users""")]
    private static partial Regex MachinePath();
}
