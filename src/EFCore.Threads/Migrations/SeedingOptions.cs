using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Microsoft.EntityFrameworkCore.Threads.Migrations;

/// <summary>A context's options with another seeder for the moment: <c>UseSeeding</c> runs once tables are filled, and as seed data.</summary>
internal sealed class SeedingOptions(IDbContextOptions options) : IDbContextOptions
{
    public CoreOptionsExtension? Core { get; } = options.FindExtension<CoreOptionsExtension>();

    /// <summary>What stands in for <see cref="Core"/>.</summary>
    public CoreOptionsExtension? Current { get; set; }

    public IEnumerable<IDbContextOptionsExtension> Extensions => options.Extensions.Select(e => e is CoreOptionsExtension && Current is not null ? Current : e);

    public TExtension? FindExtension<TExtension>()
        where TExtension : class, IDbContextOptionsExtension
        => Current as TExtension ?? options.FindExtension<TExtension>();
}
