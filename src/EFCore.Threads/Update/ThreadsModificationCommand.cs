using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Update;

namespace Microsoft.EntityFrameworkCore.Threads.Update;

/// <summary>One row to write. A boolean inside a document travels as the word <c>true</c> or <c>false</c>, for SQLite would store 1 or 0.</summary>
#pragma warning disable EF1001 // ProcessSinglePropertyJsonUpdate is the hook for a provider's own JSON values
internal sealed class ThreadsModificationCommand : ModificationCommand
{
    public ThreadsModificationCommand(in ModificationCommandParameters parameters)
        : base(parameters)
    {
    }

    public ThreadsModificationCommand(in NonTrackedModificationCommandParameters parameters)
        : base(parameters)
    {
    }

    public static bool IsBoolean(IProperty property)
    {
        var type = property.GetTypeMapping().Converter?.ProviderClrType ?? property.ClrType;
        return type == typeof(bool) || type == typeof(bool?);
    }

    protected override void ProcessSinglePropertyJsonUpdate(ref ColumnModificationParameters parameters)
    {
        var property = parameters.Property!;
        if (!IsBoolean(property))
        {
            base.ProcessSinglePropertyJsonUpdate(ref parameters);
            return;
        }

        var value = property.GetTypeMapping().Converter is { } converter ? converter.ConvertToProvider(parameters.Value) : parameters.Value;
        parameters = parameters with { Value = value is null ? "null" : (bool)value ? "true" : "false" };
    }
}
#pragma warning restore EF1001

/// <summary>Makes the commands of a save.</summary>
internal sealed class ThreadsModificationCommandFactory : IModificationCommandFactory
{
    public IModificationCommand CreateModificationCommand(in ModificationCommandParameters modificationCommandParameters)
        => new ThreadsModificationCommand(modificationCommandParameters);

    public INonTrackedModificationCommand CreateNonTrackedModificationCommand(in NonTrackedModificationCommandParameters modificationCommandParameters)
        => new ThreadsModificationCommand(modificationCommandParameters);
}
