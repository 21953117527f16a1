using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Threads.Architecture.Tests;

/// <summary>Who may know whom: the arrows between projects, and between the folders of Threads.Data. The lists below are the design.</summary>
public class RoomTests
{
    private static readonly Dictionary<string, string[]> ProjectArrows = new()
    {
        ["Threads.Data"] = [],
        ["EFCore.Threads"] = ["Threads.Data"],
        ["Threads.Net"] = ["Threads.Data"],
    };

    /// <summary>Each room may use those before it.</summary>
    private static readonly string[] BuildOrder =
    [
        "Resources", "JsonSchemas", "Sqlite", "OpenSsl", "Ipld", "Sequences", "Cryptography", "Identity", "Records", "Events", "Logs", "Merging", "Access", "Capture", "Dispatch", "Views", "Listen",
        "Storage", "Pipeline", Root,
    ];

    /// <summary>Types that users meet at the root namespace, though they are as low as this room: others after it may use them, and they use what it may.</summary>
    private static readonly Dictionary<string, string> LowerThanTheirNamespace = new()
    {
        ["Strings"] = "Resources",
        ["ThreadsErrorCode"] = "Resources",
        ["ThreadsErrors"] = "Resources",
        ["ThreadsException"] = "Resources",
        ["ThreadsProgress"] = "Resources",
        ["ThreadsSynchronous"] = "Resources",
        ["ThreadsVariant"] = "Resources",
        ["ThreadText"] = "Sequences",
        ["IKeyProtector"] = "Cryptography",
        ["ThreadRoles"] = "Access",
        ["ThreadHeads"] = "Logs",
        ["ThreadHead"] = "Logs",
        ["ImportResult"] = "Logs",
        ["AddedKey"] = "Logs",
        ["BrokenReference"] = "Logs",
        ["DamagedRecord"] = "Logs",
        ["ImportSqliteOptions"] = "Logs",
        ["ImportSqliteResult"] = "Logs",
        ["OutsideChange"] = "Logs",
        ["OutsideChangeKind"] = "Logs",
        ["TableDifference"] = "Logs",
        ["VerificationResult"] = "Logs",
        ["IReducer"] = "Dispatch",
        ["ThreadEvent"] = "Dispatch",
        ["ThreadOperation"] = "Dispatch",
        ["ThreadViewOptions"] = "Dispatch",
    };

    /// <summary>What other projects may see of Threads.Data: the ADO.NET types and the identities. Blocks and records stay below.</summary>
    private static readonly string[] SeenByEf = [Root, "JsonSchemas", "Identity", "Events", "Logs", "Access", "Listen"];

    private const string Root = "(root)";

    [Fact]
    public void Projects_use_only_the_projects_below_them()
    {
        foreach (var project in Repository.SourceProjects)
        {
            var used = XDocument.Load(Repository.At("src", project, project + ".csproj")).Descendants("ProjectReference")
                .Select(r => Path.GetFileNameWithoutExtension(((string)r.Attribute("Include")!).Replace('\\', '/')));

            Assert.True(ProjectArrows.ContainsKey(project), $"src/{project} is not in the list of projects. Add it to {nameof(ProjectArrows)} with what it may use.");
            Assert.All(used, name => Assert.True(ProjectArrows[project].Contains(name), $"{project} uses {name}, which the design does not allow."));
        }
    }

    [Fact]
    public void Only_tests_see_the_internals_of_a_project()
    {
        foreach (var project in Repository.SourceProjects)
        {
            var friends = XDocument.Load(Repository.At("src", project, project + ".csproj")).Descendants("InternalsVisibleTo").Select(r => (string)r.Attribute("Include")!);
            Assert.All(friends, name => Assert.True(Directory.Exists(Repository.At("tests", name)) || !Directory.Exists(Repository.At("src", name)),
                $"{project} opens its internals to {name}, which ships. Make what it needs public, or move it."));
        }
    }

    [Fact]
    public void Folder_is_namespace_is_room()
    {
        foreach (var tree in SourceModel.Of("Threads.Data").Trees)
        {
            var folder = FolderOf(tree);
            var expected = folder == Root ? "Threads.Data" : "Threads.Data." + folder;
            foreach (var declared in tree.GetRoot().DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>())
            {
                Assert.True(declared.Name.ToString() == expected, $"{Repository.Name(tree.FilePath)} declares namespace {declared.Name}; its folder says {expected}.");
            }

            var room = folder.Split('.')[0];
            Assert.True(BuildOrder.Contains(room), $"{Repository.Name(tree.FilePath)}: '{room}' is not a room. Move the file, or add the room to {nameof(BuildOrder)}.");
        }
    }

    [Fact]
    public void Rooms_of_Threads_Data_use_only_the_rooms_before_them()
    {
        var model = SourceModel.Of("Threads.Data");
        var wrong = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var tree in model.Trees)
        {
            var position = PositionOf(tree);
            foreach (var type in TypesNamedIn(tree, model))
            {
                if (model.Owns(type) && Position(LowerThanTheirNamespace.GetValueOrDefault(type.Name, RoomOf(type))) > position)
                    wrong.Add($"{Repository.Name(tree.FilePath)} uses {type.Name} of {RoomOf(type)}");
            }
        }

        Assert.True(wrong.Count == 0, $"A room uses only those before it ({string.Join(" · ", BuildOrder)}):\n" + string.Join('\n', wrong));
    }

    [Fact]
    public void Ef_knows_neither_blocks_nor_peers()
    {
        var model = SourceModel.Of("EFCore.Threads");
        var wrong = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var tree in model.Trees)
        {
            foreach (var type in TypesNamedIn(tree, model).Where(t => t.ContainingAssembly?.Name == "Threads.Data" && !SeenByEf.Contains(RoomOf(t))))
                wrong.Add($"{Repository.Name(tree.FilePath)} uses {type.Name} of {RoomOf(type)}");
        }

        Assert.True(wrong.Count == 0, "EFCore.Threads uses of Threads.Data only " + string.Join(" · ", SeenByEf) + ":\n" + string.Join('\n', wrong));
    }

    [Theory]
    [InlineData("Threads.Data")]
    [InlineData("EFCore.Threads")]
    public void Database_and_provider_open_no_sockets(string project)
    {
        var model = SourceModel.Of(project);
        var wrong = model.Trees.SelectMany(tree => TypesNamedIn(tree, model)
            .Select(t => t.ContainingNamespace?.ToDisplayString() ?? "")
            .Where(space => space.StartsWith("System.Net.Sockets", StringComparison.Ordinal) || space.StartsWith("System.Net.Http", StringComparison.Ordinal))
            .Select(space => $"{Repository.Name(tree.FilePath)} uses {space}"));
        Assert.Empty(wrong.Distinct());
    }

    private static IEnumerable<INamedTypeSymbol> TypesNamedIn(SyntaxTree tree, SourceModel model)
    {
        var meaning = model.Meaning(tree);
        return tree.GetRoot().DescendantNodes(n => n is not UsingDirectiveSyntax).OfType<SimpleNameSyntax>()
            .Select(name => meaning.GetSymbolInfo(name).Symbol)
            .Select(symbol => (symbol as INamedTypeSymbol ?? symbol?.ContainingType)?.OriginalDefinition)
            .OfType<INamedTypeSymbol>()
            .Distinct<INamedTypeSymbol>(SymbolEqualityComparer.Default);
    }

    /// <summary>A room's texts (Strings.Ipld.cs) may speak of what the room knows.</summary>
    private static int PositionOf(SyntaxTree tree)
    {
        var file = Path.GetFileNameWithoutExtension(tree.FilePath).Split('.');
        return file is ["Strings", var room] ? Position(BuildOrder.Contains(room) ? room : Root)
            : Position(LowerThanTheirNamespace.GetValueOrDefault(file[0], FolderOf(tree)));
    }

    private static int Position(string room) => Array.IndexOf(BuildOrder, room.Split('.')[0]);

    private static string FolderOf(SyntaxTree tree)
    {
        var folder = Path.GetDirectoryName(Path.GetRelativePath(Repository.At("src", "Threads.Data"), tree.FilePath))!;
        return folder.Length == 0 ? Root : folder.Replace(Path.DirectorySeparatorChar, '.');
    }

    private static string RoomOf(ITypeSymbol type)
    {
        var space = type.ContainingNamespace.ToDisplayString();
        return space.Length <= "Threads.Data".Length ? Root : space["Threads.Data.".Length..].Split('.')[0];
    }
}
