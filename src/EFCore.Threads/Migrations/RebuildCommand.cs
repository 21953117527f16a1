using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Storage;

namespace Microsoft.EntityFrameworkCore.Threads.Migrations;

/// <summary>The switch at the begin or the end of a migration's rebuilds, inside its transaction.</summary>
internal sealed class RebuildCommand(IRelationalCommand command, MigrationCommand original, RebuildScope rebuild, bool ends)
    : MigrationCommand(command, null, original.CommandLogger)
{
    public override int ExecuteNonQuery(IRelationalConnection connection, IReadOnlyDictionary<string, object?>? parameterValues = null)
    {
        if (ends)
        {
            rebuild.End();
        }
        else
        {
            rebuild.Begin();
        }

        return 0;
    }

    public override Task<int> ExecuteNonQueryAsync(
        IRelationalConnection connection, IReadOnlyDictionary<string, object?>? parameterValues = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(ExecuteNonQuery(connection, parameterValues));
    }
}
