using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.ValueGeneration;

namespace Microsoft.EntityFrameworkCore.Threads.ValueGeneration;

/// <summary>Guids of version 7: their text sorts by time, so new rows go to the end of the key's index.</summary>
/// <param name="time">The clock.</param>
internal sealed class GuidVersion7ValueGenerator(TimeProvider time) : ValueGenerator<Guid>
{
    public override bool GeneratesTemporaryValues => false;

    public override Guid Next(EntityEntry entry) => Guid.CreateVersion7(time.GetUtcNow());
}
