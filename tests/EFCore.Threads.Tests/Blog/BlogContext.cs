using Microsoft.EntityFrameworkCore;

namespace EFCore.Threads.Tests.Blog;

/// <summary>A blog with users and roles, as applications with an identity system have them.</summary>
internal sealed class BlogContext(string connectionString) : DbContext
{
    public DbSet<User> Users => Set<User>();

    public DbSet<Role> Roles => Set<Role>();

    public DbSet<Journal> Journals => Set<Journal>();

    public DbSet<Post> Posts => Set<Post>();

    public DbSet<Tag> Tags => Set<Tag>();

    public DbSet<Comment> Comments => Set<Comment>();

    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.UseThreads(connectionString);

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<User>(user =>
        {
            user.HasMany(u => u.Roles).WithMany(r => r.Users).UsingEntity("UserRoles");
            user.HasIndex(u => u.NormalizedName).IsUnique();
            user.Property(u => u.ConcurrencyStamp).IsConcurrencyToken();
        });
        modelBuilder.Entity<Role>(role =>
        {
            role.Property(r => r.Id).ValueGeneratedNever();
            role.HasData(new Role { Id = 1, Name = "Administrator" }, new Role { Id = 2, Name = "Author" }, new Role { Id = 3, Name = "Reader" });
        });
        modelBuilder.Entity<Journal>(journal =>
        {
            journal.ToTable("Journals");
            journal.OwnsOne(j => j.Settings, settings =>
            {
                settings.ToJson();
                settings.OwnsMany(s => s.Links);
            });
        });
        modelBuilder.Entity<Post>(post =>
        {
            post.HasDiscriminator<string>("Kind").HasValue<Article>("article").HasValue<LinkPost>("link")
                .HasValue<Photo>("photo")
                ;
            post.Property(p => p.Body).HasColumnName("Body");
            post.Property(p => p.Title).IsRequired().HasMaxLength(200).HasDefaultValue("");
            post.ToTable(t => t.HasCheckConstraint("CK_Posts_Title", "length(\"Title\") <= 200"));
            post.HasMany(p => p.Tags).WithMany(t => t.Posts).UsingEntity("PostTags");
            post.Property(p => p.Version).IsRowVersion();
        });
        modelBuilder.Entity<Article>();
        modelBuilder.Entity<LinkPost>();
        modelBuilder.Entity<Photo>();
    }
}

internal sealed class User
{
    public Guid Id { get; set; }

    public required string Name { get; set; }

    public string? NormalizedName { get; set; }

    public string? Email { get; set; }

    public string? ConcurrencyStamp { get; set; }

    public List<Role> Roles { get; } = [];
}

internal sealed class Role
{
    public int Id { get; set; }

    public required string Name { get; set; }

    public List<User> Users { get; } = [];
}

internal sealed class Journal
{
    public Guid Id { get; set; }

    public required string Name { get; set; }

    public Guid OwnerId { get; set; }

    public User Owner { get; set; } = null!;

    public Settings? Settings { get; set; }

    public List<Post> Posts { get; } = [];
}

internal sealed class Settings
{
    public required string Theme { get; set; }

    public int PageSize { get; set; }

    public List<SettingsLink> Links { get; set; } = [];
}

internal sealed class SettingsLink
{
    public required string Title { get; set; }

    public required string Url { get; set; }
}

internal abstract class Post
{
    public Guid Id { get; set; }

    public string Title { get; set; } = "";

    public string? Body { get; set; }

    public DateTime Published { get; set; }

    public Guid JournalId { get; set; }

    public Journal Journal { get; set; } = null!;

    public List<Tag> Tags { get; } = [];

    public List<Comment> Comments { get; } = [];

    public byte[] Version { get; set; } = [];
}

internal sealed class Article : Post
{
    public int Words { get; set; }
}

internal sealed class LinkPost : Post
{
    public string? Url { get; set; }
}

internal sealed class Photo : Post
{
    public byte[]? Image { get; set; }
}

internal sealed class Tag
{
    public Guid Id { get; set; }

    public required string Name { get; set; }

    public List<Post> Posts { get; } = [];
}

internal sealed class Comment
{
    public Guid Id { get; set; }

    public required string Text { get; set; }

    public Guid PostId { get; set; }

    public Post Post { get; set; } = null!;

    public Guid? AuthorId { get; set; }

    public User? Author { get; set; }
}
