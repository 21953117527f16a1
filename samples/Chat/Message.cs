using Microsoft.EntityFrameworkCore;
using Threads.Data;

namespace Chat;

/// <summary>What is said.</summary>
public sealed class Message
{
    public Guid Id { get; set; } = Guid.CreateVersion7();

    public required string Author { get; set; }

    public required string Text { get; set; }

    public DateTimeOffset Said { get; set; } = DateTimeOffset.UtcNow;
}

/// <summary>The room: an ordinary EF Core model. That others write it too is not its business.</summary>
public sealed class Room(ThreadsDataSource source) : DbContext
{
    public DbSet<Message> Messages => Set<Message>();

    protected override void OnConfiguring(DbContextOptionsBuilder options) => options.UseThreads(source);
}
