using System.Reflection.PortableExecutable;
using System.Runtime;
using Microsoft.EntityFrameworkCore;
using Threads.Data;
using Threads.Net;

// Saves and reads a note, then prints a line for each of our assemblies ("name il" or "name machine code") and how many methods the runtime had to compile.
var file = args[0];
using (var db = new Notes(file))
{
    db.Database.EnsureCreated();
    db.Add(new Note { Text = "from a package" });
    db.SaveChanges();
}

using (var db = new Notes(file))
{
    var text = db.All.Single(n => n.Text.StartsWith("from")).Text;
    if (text != "from a package" || db.Thread.Heads.Heads.Count != 1)
        throw new InvalidOperationException($"Read '{text}' from {db.Thread.Heads.Heads.Count} logs.");
}

foreach (var type in new[] { typeof(ThreadsConnection), typeof(ThreadsDbContextOptionsBuilderExtensions), typeof(ThreadsPeer) })
{
    using var image = new PEReader(File.OpenRead(type.Assembly.Location));
    Console.WriteLine($"{type.Assembly.GetName().Name} {(image.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0 ? "machine code" : "il")}");
}

Console.WriteLine(JitInfo.GetCompiledMethodCount());

internal sealed class Note
{
    public Guid Id { get; set; }

    public required string Text { get; set; }
}

internal sealed class Notes(string file) : DbContext
{
    public DbSet<Note> All => Set<Note>();

    protected override void OnConfiguring(DbContextOptionsBuilder options) => options.UseThreads($"Data Source={file}");
}
