using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Threads.Architecture.Tests;

/// <summary>Compiles a documented block as a program with implicit usings and runs it in a process and an empty folder of its own.</summary>
internal static class DocumentedProgram
{
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;";

    public static async Task<(int ExitCode, string Output)> RunAsync(CodeBlock block)
    {
        // Beside this assembly, where its deps.json finds the packages and the native SQLite.
        var program = Path.Combine(AppContext.BaseDirectory, $"{Path.GetFileNameWithoutExtension(block.Page)}.{block.Line}.dll");
        Compile(block, program);
        try
        {
            var tests = Path.Combine(AppContext.BaseDirectory, typeof(DocumentedProgram).Assembly.GetName().Name!);
            return await ChildProgram.RunAsync(["exec", "--runtimeconfig", tests + ".runtimeconfig.json", "--depsfile", tests + ".deps.json", program]);
        }
        finally
        {
            File.Delete(program);
        }
    }

    private static void Compile(CodeBlock block, string program)
    {
        var options = new CSharpParseOptions(LanguageVersion.Preview);
        var compilation = CSharpCompilation.Create(
            Path.GetFileNameWithoutExtension(program),
            [CSharpSyntaxTree.ParseText(block.Text, options), CSharpSyntaxTree.ParseText(ImplicitUsings, options)],
            SourceModel.References(), new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        var result = compilation.Emit(program);
        Assert.True(result.Success, $"{block.Page}:{block.Line} does not compile:\n" + string.Join('\n', result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)));
    }
}
