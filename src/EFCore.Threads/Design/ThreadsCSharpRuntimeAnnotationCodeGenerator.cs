using Microsoft.EntityFrameworkCore.Design.Internal;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Threads.Metadata;

namespace Microsoft.EntityFrameworkCore.Threads.Design;

/// <summary>Leaves out of compiled models what only migrations ask for.</summary>
#pragma warning disable EF1001 // the generator is the base every provider extends
internal sealed class ThreadsCSharpRuntimeAnnotationCodeGenerator(
    CSharpRuntimeAnnotationCodeGeneratorDependencies dependencies, RelationalCSharpRuntimeAnnotationCodeGeneratorDependencies relationalDependencies)
    : RelationalCSharpRuntimeAnnotationCodeGenerator(dependencies, relationalDependencies)
{
    public override void Generate(IColumn column, CSharpRuntimeAnnotationCodeGeneratorParameters parameters)
    {
        if (!parameters.IsRuntime)
        {
            parameters.Annotations.Remove(ThreadsAnnotationNames.Autoincrement);
            parameters.Annotations.Remove(ThreadsAnnotationNames.Merge);
        }

        base.Generate(column, parameters);
    }
}
#pragma warning restore EF1001
