using Microsoft.EntityFrameworkCore;

await using var db = new Notes();
await db.Database.EnsureCreatedAsync();         // notes.db, with a thread, an identity and keys of its own

db.Add(new Note { Text = args.FirstOrDefault() ?? "hello" });
await db.SaveChangesAsync();                    // one signed, encrypted record

foreach (var note in await db.All.OrderBy(n => n.Written).ToListAsync())
    Console.WriteLine($"{note.Written:yyyy-MM-dd HH:mm:ss}  {note.Text}");
Console.WriteLine($"notes.db holds {await db.Thread.Records.CountAsync()} records of thread {db.Thread.Id}; the first one opens our log.");

public class Note
{
    public Guid Id { get; set; }
    public required string Text { get; set; }
    public DateTime Written { get; set; } = DateTime.Now;
}

public class Notes : DbContext
{
    public DbSet<Note> All => Set<Note>();

    protected override void OnConfiguring(DbContextOptionsBuilder options) => options.UseThreads("Data Source=notes.db");
}
