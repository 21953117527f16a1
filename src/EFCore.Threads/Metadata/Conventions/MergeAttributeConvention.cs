using System.Reflection;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Metadata.Conventions.Infrastructure;
using Microsoft.EntityFrameworkCore.Threads.Metadata;

namespace Microsoft.EntityFrameworkCore.Metadata.Conventions;

/// <summary>Takes <see cref="MergeAttribute"/> into the model, of entity types and of complex types.</summary>
/// <param name="dependencies">Services the convention uses.</param>
public sealed class MergeAttributeConvention(ProviderConventionSetBuilderDependencies dependencies) : PropertyAttributeConventionBase<MergeAttribute>(dependencies)
{
    /// <inheritdoc />
    protected override void ProcessPropertyAdded(IConventionPropertyBuilder propertyBuilder, MergeAttribute attribute, MemberInfo clrMember, IConventionContext context)
    {
        ArgumentNullException.ThrowIfNull(propertyBuilder);
        ArgumentNullException.ThrowIfNull(attribute);
        propertyBuilder.HasAnnotation(ThreadsAnnotationNames.Merge, attribute.Kind.Name, fromDataAnnotation: true);
    }
}
