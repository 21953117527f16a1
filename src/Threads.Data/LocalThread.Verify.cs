using Threads.Data.Pipeline;

namespace Threads.Data;

public sealed partial class LocalThread
{
    /// <summary>
    /// Checks the whole database: the file's structure, every record's bytes, link, signature and content, and every row of the shared tables against a fold of the records from nothing.
    /// Nothing is changed; other connections can read meanwhile, and wait to write.
    /// </summary>
    /// <param name="progress">Records checked, of how many; the tables come after them.</param>
    /// <param name="cancellationToken">Stops between two records.</param>
    /// <returns>What was checked, and the first thing that does not hold.</returns>
    public VerificationResult Verify(IProgress<ThreadsProgress>? progress = null, CancellationToken cancellationToken = default)
        => _connection.Guarded(() =>
        {
            Session.Begin(deferred: false);
            try
            {
                return new Verifier(Session.Database, Core).Run(progress, cancellationToken);
            }
            finally
            {
                Session.Rollback();
            }
        });

    /// <inheritdoc cref="Verify" />
    public Task<VerificationResult> VerifyAsync(IProgress<ThreadsProgress>? progress = null, CancellationToken cancellationToken = default)
        => Task.Run(() => Verify(progress, cancellationToken), cancellationToken);
}
