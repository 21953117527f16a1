using Microsoft.EntityFrameworkCore;

namespace Threads.Benchmarks.Linq;

/// <summary>The same model for both providers; which one is a matter of the project that compiles this file.</summary>
public sealed class NotesContext(string file, string more = "") : DbContext
{
    public DbSet<Note> Notes => Set<Note>();

    protected override void OnConfiguring(DbContextOptionsBuilder options)
#if EF_SQLITE
        => options.UseSqlite($"Data Source={file};{more}");
#else
        => options.UseThreads($"Data Source={file};{more}");
#endif
}
