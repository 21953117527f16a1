using System.ComponentModel.DataAnnotations;

namespace Threads.Benchmarks.Linq;

public sealed class Note
{
    [MaxLength(16)]
    public string Id { get; set; } = "";

    public string Title { get; set; } = "";

    public string Body { get; set; } = "";

    public int Number { get; set; }

    public long Stamp { get; set; }
}
