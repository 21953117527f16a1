using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Update;
using Microsoft.EntityFrameworkCore.Update.Internal;
using Threads.Data;

namespace Microsoft.EntityFrameworkCore.Threads.Update;

/// <summary>A row that breaks its JSON schema is found at the commit, past what EF Core takes for a failed save; here it becomes one.</summary>
#pragma warning disable EF1001 // the executor is wrapped, not copied
internal sealed class SchemaCheckedBatches(ICurrentDbContext currentContext, IDiagnosticsLogger<DbLoggerCategory.Update> logger, TextEditors editors)
    : BatchExecutor(currentContext, logger)
{
    public override int Execute(IEnumerable<ModificationCommandBatch> commandBatches, IRelationalConnection connection)
    {
        var batches = new List<ModificationCommandBatch>(1);

        // Open from the first batch on: what is recorded of it counts on the connection that writes it.
        connection.Open();
        try
        {
            return base.Execute(Noted(commandBatches, batches, connection), connection);
        }
        catch (Exception e) when (Refusal(e) is not null)
        {
            throw Failed(Refusal(e)!, batches);
        }
        finally
        {
            connection.Close();
        }
    }

    public override async Task<int> ExecuteAsync(
        IEnumerable<ModificationCommandBatch> commandBatches, IRelationalConnection connection, CancellationToken cancellationToken = default)
    {
        var batches = new List<ModificationCommandBatch>(1);
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await base.ExecuteAsync(Noted(commandBatches, batches, connection), connection, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (Refusal(e) is not null)
        {
            throw Failed(Refusal(e)!, batches);
        }
        finally
        {
            await connection.CloseAsync().ConfigureAwait(false);
        }
    }

    private IEnumerable<ModificationCommandBatch> Noted(IEnumerable<ModificationCommandBatch> batches, List<ModificationCommandBatch> noted, IRelationalConnection connection)
    {
        foreach (var batch in batches)
        {
            noted.Add(batch);
            if (connection.DbConnection is ThreadsConnection threads)
            {
                SeenValues.Record(batch, threads.Thread, editors);
            }

            yield return batch;
        }
    }

    private static ThreadsException? Refusal(Exception e)
        => (e as ThreadsException ?? e.InnerException as ThreadsException) is { ThreadsErrorCode: ThreadsErrorCode.JsonSchema } refusal ? refusal : null;

    private static DbUpdateException Failed(ThreadsException refusal, List<ModificationCommandBatch> batches)
        => new(refusal.Message, refusal, [.. batches.SelectMany(b => b.ModificationCommands).SelectMany(c => c.Entries).Distinct()]);
}
#pragma warning restore EF1001
