using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Threads.Architecture.Tests;

/// <summary>
/// A project's sources with the compiler's knowledge of what each name means, so that an arrow between rooms is found however it is written:
/// with a using, from the enclosing namespace, or through an extension method. Source generators do not run; what they would add is not judged.
/// </summary>
internal sealed class SourceModel
{
    private const string ImplicitUsings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    private static readonly Dictionary<string, Lazy<SourceModel>> Known =
        Repository.SourceProjects.ToDictionary(p => p, p => new Lazy<SourceModel>(() => new SourceModel(p)));

    private readonly CSharpCompilation compilation;

    private SourceModel(string project)
    {
        Project = project;
        var options = new CSharpParseOptions(LanguageVersion.Preview);
        Trees = [.. Repository.Files($"src/{project}", ".cs").Select(f => CSharpSyntaxTree.ParseText(File.ReadAllText(f), options, f))];
        compilation = CSharpCompilation.Create(
            project, [.. Trees, CSharpSyntaxTree.ParseText(ImplicitUsings, options)], References(except: project),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
    }

    public string Project { get; }

    public IReadOnlyList<SyntaxTree> Trees { get; }

    public static SourceModel Of(string project) => Known[project].Value;

    /// <summary>Every assembly this test process was given, as references for a compilation.</summary>
    public static IEnumerable<MetadataReference> References(string? except = null)
        => ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileNameWithoutExtension(path) != except)
            .Select(path => MetadataReference.CreateFromFile(path));

    public SemanticModel Meaning(SyntaxTree tree) => compilation.GetSemanticModel(tree);

    public bool Owns(ISymbol symbol) => SymbolEqualityComparer.Default.Equals(symbol.ContainingAssembly, compilation.Assembly);
}
