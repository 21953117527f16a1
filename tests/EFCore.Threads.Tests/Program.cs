using Microsoft.EntityFrameworkCore;

namespace EFCore.Threads.Tests;

/// <summary>Not the tests: what <see cref="MigratingProcessesTests"/> starts as processes of its own.</summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        if (args is not ["migrate", var connectionString])
        {
            return 2;
        }

        using var context = new EvolvingContext(connectionString);
        context.Database.Migrate();
        return 0;
    }
}
