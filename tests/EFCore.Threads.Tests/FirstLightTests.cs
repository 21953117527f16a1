using Microsoft.EntityFrameworkCore;

namespace EFCore.Threads.Tests;

public class FirstLightTests
{
    [Fact]
    public void A_context_creates_its_database_saves_and_reads_back()
    {
        using var db = new BlogContext();
        db.Database.OpenConnection();
        Assert.True(db.Database.EnsureCreated());
        var blog = new Blog { Name = "Threads", Rating = 4.5m, Posts = { new Post { Title = "one" }, new Post { Title = "two" } } };
        db.Add(blog);
        Assert.Equal(3, db.SaveChanges());
        Assert.True(blog.Id > 0);

        db.ChangeTracker.Clear();
        var read = db.Blogs.Include(b => b.Posts).Single(b => b.Name.StartsWith("Th") && b.Rating > 4m);
        Assert.Equal(["one", "two"], read.Posts.OrderBy(p => p.Id).Select(p => p.Title));
        Assert.Equal('7', read.Posts[0].Id.ToString()[14]);

        read.Rating = 5m;
        db.Remove(read.Posts[0]);
        Assert.Equal(2, db.SaveChanges());
        Assert.Equal(1, db.Posts.Count());
    }

    private sealed class BlogContext : DbContext
    {
        public DbSet<Blog> Blogs => Set<Blog>();

        public DbSet<Post> Posts => Set<Post>();

        protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.UseThreads("Data Source=:memory:");
    }

    private sealed class Blog
    {
        public int Id { get; set; }

        public required string Name { get; set; }

        public decimal Rating { get; set; }

        public List<Post> Posts { get; } = [];
    }

    private sealed class Post
    {
        public Guid Id { get; set; }

        public required string Title { get; set; }
    }
}
