using System.Diagnostics;
using Microsoft.EntityFrameworkCore;

namespace EFCore.Threads.Tests;

public sealed class MigratingProcessesTests : IDisposable
{
    private readonly TestDatabase database = new();

    public void Dispose() => database.Dispose();

    [Fact]
    public async Task Processes_that_migrate_at_once_wait_for_each_other_and_apply_each_migration_once()
    {
        using (var context = new EvolvingContext(database.ConnectionString))
        {
            // The thread and its keys come with whoever is first; here the file is there already, as after an installation.
            context.Database.Migrate(EvolvingContext.Versions[0]);
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        var processes = Enumerable.Range(0, 3).Select(_ => Start()).ToArray();
        foreach (var process in processes)
        {
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            try
            {
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }

            Assert.True(process.ExitCode == 0, await errors);
            process.Dispose();
        }

        using var after = new EvolvingContext(database.ConnectionString);
        Assert.Equal(EvolvingContext.Versions, after.Database.GetAppliedMigrations());
        Assert.Equal(0, after.Database.SqlQueryRaw<int>("SELECT count(*) AS \"Value\" FROM \"__EFMigrationsLock\"").Single());
        Assert.Equal(2, after.Database.SqlQueryRaw<int>("SELECT count(*) AS \"Value\" FROM \"Tag\"").Single());
        Assert.Equal(0L, after.Database.SqlQueryRaw<long>("SELECT count(*) AS \"Value\" FROM threads_logs WHERE NOT is_own").Single());
        (await after.Thread.VerifyAsync(cancellationToken: limit.Token)).ThrowIfNotSound();
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["exec", typeof(Program).Assembly.Location, "migrate", database.ConnectionString])
        {
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }
}
