using Microsoft.EntityFrameworkCore;
using Threads.Data;

namespace EFCore.Threads.Tests.Blog;

/// <summary>An application's eight migrations, as <c>dotnet ef migrations add</c> wrote them, one by one on two peers whose databases are in use.</summary>
public sealed class BlogTests : IDisposable
{
    private readonly TestDatabase first = new();
    private readonly TestDatabase second = new();
    private readonly string[] connections;

    public BlogTests()
    {
        connections = [first.ConnectionString, second.ConnectionString];
        using var context = new BlogContext(connections[0]);
        context.Database.OpenConnection();
        using var key = context.Thread.Key;
        connections[1] += $";Thread={context.Thread.Id};Thread Key={key.Export()}";
    }

    public void Dispose()
    {
        first.Dispose();
        second.Dispose();
    }

    [Fact]
    public async Task Eight_migrations_one_by_one_on_filled_databases_keep_two_peers_intact_and_equal()
    {
        string[] names;
        await using (var context = new BlogContext(connections[0]))
        {
            names = [.. context.Database.GetMigrations()];
            Assert.Equal(8, names.Length);
        }

        for (var version = 1; version <= names.Length; version++)
        {
            // One is ahead for a while: in turns before and after the other got what it wrote.
            await Migrate(0, names[version - 1]);
            Fill(0, version);
            if (version % 2 == 1)
            {
                await Send(0, 1);
            }

            await Migrate(1, names[version - 1]);
            Fill(1, version);
            await Send(0, 1);
            await Send(1, 0);
            var digests = new List<string>();
            for (var peer = 0; peer < 2; peer++)
            {
                await using var context = new BlogContext(connections[peer]);
                digests.Add(Convert.ToHexString(await context.Thread.DigestAsync()));
                Check(context, version);
                (await context.Thread.VerifyAsync()).ThrowIfNotSound();
                Assert.Empty(context.Thread.Conflicts);
            }

            Assert.Equal(digests[0], digests[1]);
        }

        for (var peer = 0; peer < 2; peer++)
        {
            await using var context = new BlogContext(connections[peer]);
            Assert.False(context.Database.HasPendingModelChanges());
            Assert.Empty(await context.Database.GetPendingMigrationsAsync());
            await UseModel(context, peer);
        }

        await Send(0, 1);
        await Send(1, 0);
        await using var one = new BlogContext(connections[0]);
        await using var other = new BlogContext(connections[1]);
        Assert.Equal(await one.Thread.DigestAsync(), await other.Thread.DigestAsync());
        Assert.Equal(2, one.Posts.OfType<Photo>().Count());
    }

    [Fact]
    public async Task A_stale_concurrency_token_or_row_version_is_refused()
    {
        await using var context = new BlogContext(connections[0]);
        await context.Database.MigrateAsync();
        var user = new User { Name = "Ann", NormalizedName = "ANN", ConcurrencyStamp = "1" };
        var post = new Article { Title = "t", Journal = new Journal { Name = "j", Owner = user } };
        context.Add(post);
        await context.SaveChangesAsync();
        await using (var other = new BlogContext(connections[0]))
        {
            (await other.Posts.SingleAsync()).Title = "other";
            (await other.Users.SingleAsync()).ConcurrencyStamp = "2";
            await other.SaveChangesAsync();
        }

        post.Title = "mine";
        await Assert.ThrowsAsync<DbUpdateConcurrencyException>(() => context.SaveChangesAsync());
        context.Entry(post).State = EntityState.Unchanged;
        user.Email = "ann@example.org";
        var error = await Assert.ThrowsAsync<DbUpdateConcurrencyException>(() => context.SaveChangesAsync());
        Assert.Same(user, error.Entries.Single().Entity);
        await error.Entries.Single().ReloadAsync();
        user.Email = "ann@example.org";
        await context.SaveChangesAsync();
    }

    private static string Id(int peer, int version, char kind) => $"{version:D8}-000{peer}-0000-0000-00000000000{kind}";

    /// <summary>A user with a role and a journal with a post, written as the application of the version does.</summary>
    private void Fill(int peer, int version)
    {
        using var context = new BlogContext(connections[peer]);
        var (journals, body) = version >= 5 ? ("Journals", "Body") : ("Blogs", "Content");
        var (user, journal, post, tag) = (Id(peer, version, 'A'), Id(peer, version, 'B'), Id(peer, version, 'C'), Id(peer, version, 'D'));
        using var transaction = context.Database.BeginTransaction();
        Run("INSERT INTO \"Users\"(\"Id\", \"Name\", \"NormalizedName\") VALUES({0}, {1}, {2})", user, "user " + version, $"USER {peer} {version}");
        Run("INSERT INTO \"UserRoles\"(\"RolesId\", \"UsersId\") VALUES(1, {0}), (2, {0})", user);
        Run(version >= 8
            ? $"INSERT INTO \"{journals}\"(\"Id\", \"Name\", \"OwnerId\") VALUES({{0}}, {{1}}, {{2}})"
            : $"INSERT INTO \"{journals}\"(\"Id\", \"Name\", \"OwnerId\", \"Rating\") VALUES({{0}}, {{1}}, {{2}}, 5)", journal, "journal " + version, user);
        Run($"INSERT INTO \"Posts\"(\"Id\", \"Kind\", \"Title\", \"{body}\", \"Published\", \"JournalId\", \"Words\"{(version >= 7 ? ", \"Version\"" : "")}) "
            + $"VALUES({{0}}, 'article', {{1}}, {{2}}, '2026-01-0{version} 10:00:00', {{3}}, {version}{(version >= 7 ? ", x'01'" : "")})", post, "title " + version, "body " + version, journal);
        if (version >= 2)
        {
            Run("INSERT INTO \"Tags\"(\"Id\", \"Name\") VALUES({0}, {1})", tag, "tag " + version);
            Run("INSERT INTO \"PostTags\"(\"PostsId\", \"TagsId\") VALUES({0}, {1})", post, tag);
        }

        if (version >= 3)
        {
            Run($"UPDATE \"{journals}\" SET \"Settings\" = {{0}} WHERE \"Id\" = {{1}}", """{"PageSize":10,"Theme":"dark","Links":[{"Title":"a","Url":"b"}]}""", journal);
        }

        if (version >= 4)
        {
            Run("INSERT INTO \"Comments\"(\"Id\", \"Text\", \"PostId\", \"AuthorId\") VALUES({0}, 'first', {1}, {2})", tag, post, user);
        }

        // What an earlier version wrote is changed by a later one.
        if (version >= 2)
        {
            Run($"UPDATE \"Posts\" SET \"{body}\" = {{0}} WHERE \"Id\" = {{1}}", $"changed by {version}", Id(1 - peer, version - 1, 'C'));
        }

        transaction.Commit();

        void Run(string sql, params object[] values) => context.Database.ExecuteSqlRaw(sql.Replace("{\"", "{{\"", StringComparison.Ordinal), values);
    }

    /// <summary>Everything that was ever written is there, on this peer as it is now.</summary>
    private static void Check(BlogContext context, int version)
    {
        var (journals, body) = version >= 5 ? ("Journals", "Body") : ("Blogs", "Content");
        Assert.Equal(2 * version, Count("Users"));
        Assert.Equal(4 * version, Count("UserRoles"));
        Assert.Equal(2 * version, Count(journals));
        Assert.Equal(2 * version, Count("Posts"));
        Assert.Equal(version >= 2 ? 2 * (version - 1) : 0, version >= 2 ? Count("PostTags") : 0);
        Assert.Equal(version >= 4 ? 2 * (version - 3) : 0, version >= 4 ? Count("Comments") : 0);
        Assert.Equal(version >= 8 ? 3 : 2, Count("Roles"));
        for (var earlier = 1; earlier <= version; earlier++)
        {
            for (var peer = 0; peer < 2; peer++)
            {
                var expected = earlier < version ? $"changed by {earlier + 1}" : "body " + earlier;
                Assert.Equal($"title {earlier}|{expected}|{earlier}", context.Database.SqlQueryRaw<string>(
                    $"SELECT \"Title\" || '|' || \"{body}\" || '|' || \"Words\" AS \"Value\" FROM \"Posts\" WHERE \"Id\" = {{0}}", Id(peer, earlier, 'C')).Single());
            }
        }

        Assert.Empty(context.Database.SqlQueryRaw<string>("SELECT \"table\" AS \"Value\" FROM pragma_foreign_key_check"));

        int Count(string table) => context.Database.SqlQueryRaw<int>($"SELECT count(*) AS \"Value\" FROM \"{table}\"").Single();
    }

    /// <summary>The last version's own model on what eight versions left.</summary>
    private static async Task UseModel(BlogContext context, int peer)
    {
        Assert.Equal(16, await context.Posts.OfType<Article>().CountAsync(a => a.Words > 0));
        Assert.Equal(12, await context.Journals.CountAsync(j => j.Settings!.Theme == "dark" && j.Settings.Links.Any(l => l.Url == "b")));
        Assert.Equal(14, await context.Posts.CountAsync(p => p.Tags.Any(t => t.Name.StartsWith("tag"))));
        Assert.Equal(["Administrator", "Author", "Reader"], await context.Roles.OrderBy(r => r.Id).Select(r => r.Name).ToListAsync());
        Assert.Equal(16, await context.Users.CountAsync(u => u.Roles.Any(r => r.Name == "Administrator")));
        var post = await context.Posts.Include(p => p.Tags).Include(p => p.Comments).ThenInclude(c => c.Author).Include(p => p.Journal).ThenInclude(j => j.Owner).ThenInclude(u => u.Roles)
            .AsSplitQuery().SingleAsync(p => p.Id == Guid.Parse(Id(peer, 8, 'C')));
        Assert.Equal(("user 8", 2, 1, "user 8"), (post.Journal.Owner.Name, post.Journal.Owner.Roles.Count, post.Tags.Count, post.Comments.Single().Author!.Name));
        post.Journal.Settings!.Links[0].Url = "changed";
        context.Add(new Photo { Title = "photo", Image = [1, 2, 3], Journal = post.Journal });
        await context.SaveChangesAsync();
    }

    private async Task Migrate(int peer, string migration)
    {
        await using var context = new BlogContext(connections[peer]);
        await context.Database.MigrateAsync(migration);
    }

    private async Task Send(int from, int to)
    {
        await using var source = new BlogContext(connections[from]);
        await using var target = new BlogContext(connections[to]);
        using var file = new MemoryStream();
        await source.Thread.ExportAsync(file, target.Thread.Heads);
        file.Position = 0;
        await target.Thread.ImportAsync(file);
    }
}
