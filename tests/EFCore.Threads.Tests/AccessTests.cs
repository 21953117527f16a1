using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Threads.Data;
using Threads.Data.Identity;

namespace EFCore.Threads.Tests;

// Issue 7, point 2 (T-ACL-2 to T-ACL-5)
public sealed class AccessTests
{
    [Fact]
    public async Task Roles_are_granted_and_revoked_from_a_context_and_asked_for_with_LINQ()
    {
        await using var alice = Owner();
        alice.AddRange(new Invoice { Id = Guid.CreateVersion7(), Total = 100 }, new Invoice { Id = Guid.CreateVersion7(), Total = 200 });
        await alice.SaveChangesAsync();
        await using var bob = await JoinAsync(alice);
        var b = bob.Thread.Identity;
        Assert.True(alice.Access is { IsControlled: true, IsAdmin: true });
        Assert.False(bob.Access.IsAdmin);

        await alice.Access.GrantAsync("editors", ThreadRoles.Write | ThreadRoles.Delete);
        await alice.Access.AddMemberAsync("editors", b);
        await Send(alice, bob);
        bob.Set<Invoice>().First(i => i.Total == 100).Total = 101;
        await bob.SaveChangesAsync();
        await Send(bob, alice);
        Assert.Equal([101, 200], alice.Set<Invoice>().AsNoTracking().OrderBy(i => i.Total).Select(i => i.Total));
        Assert.Equal("editors", alice.Access.Entries.Single(e => e.Roles == "write delete").Principal);
        Assert.Equal(b.ToString(), alice.Access.Groups.Single(g => g.Name == "editors").Member);

        var second = alice.Set<Invoice>().Single(i => i.Total == 200);
        await alice.Access.GrantAsync(second, "accounting", ThreadRoles.Write);
        await Send(alice, bob);
        Assert.Equal(ThreadRoles.None, await bob.Access.RolesOfAsync(b, bob.Set<Invoice>().Single(i => i.Total == 200)));
        Assert.Equal(ThreadRoles.Write | ThreadRoles.Delete | ThreadRoles.Read | ThreadRoles.Replicate, await bob.Access.RolesOfAsync<Invoice>(b));
        bob.Set<Invoice>().Single(i => i.Total == 200).Total = 0;
        await DeniedAsync(bob);
        bob.ChangeTracker.Clear();

        bob.Set<Invoice>().Single(i => i.Total == 101).Total = 102;
        await bob.SaveChangesAsync();
        await alice.Access.RevokeAsync(b);
        await Send(bob, alice);
        Assert.Equal([101, 200], alice.Set<Invoice>().AsNoTracking().OrderBy(i => i.Total).Select(i => i.Total));
        Assert.Equal("Invoice|expelled", alice.Access.Refused.Select(r => r.TableName + "|" + r.Reason).Single());
    }

    // T-INV-2, T-INV-6, B-NODE-2
    [Fact]
    public async Task A_context_invites_withdraws_and_approves()
    {
        await using var alice = Owner();
        using var phone = PeerIdentity.Create();
        var invitation = await alice.Thread.InviteAsync(ThreadPrincipal.Everybody, ThreadRoles.Write, uses: 3);
        var row = alice.Thread.Invitations.Single();
        Assert.Equal((invitation.Id.ToString(), "write", 3L, 0L, false), (row.Invitation, row.Roles, row.Uses, row.Used, row.Withdrawn));
        await alice.Thread.WithdrawAsync(invitation.Id!.Value);
        Assert.True(alice.Thread.Invitations.Single().Withdrawn);

        var answer = await alice.Thread.ApproveAsync(ThreadJoinRequest.Create(phone, "phone"), ThreadRoles.Read);
        Assert.Equal(phone.Id, answer.To);
        Assert.Equal(ThreadRoles.Read | ThreadRoles.Replicate, await alice.Access.RolesOfAsync<Invoice>(phone.Id));
    }

    [Fact]
    public async Task A_table_is_for_those_whom_its_list_names()
    {
        await using var alice = Owner();
        await using var bob = await JoinAsync(alice);
        var b = bob.Thread.Identity;
        await alice.Access.GrantAsync(ThreadPrincipal.Everybody, ThreadRoles.Write);
        await alice.Access.RestrictAsync<Invoice>();
        Assert.Equal(ThreadRoles.None, await alice.Access.RolesOfAsync<Invoice>(b));
        await alice.Access.GrantAsync<Invoice>(b, ThreadRoles.Write);
        Assert.Equal(ThreadRoles.Write | ThreadRoles.Read | ThreadRoles.Replicate, await alice.Access.RolesOfAsync<Invoice>(b));
        await alice.Access.RevokeAsync<Invoice>(b, ThreadRoles.Write);
        Assert.Equal(ThreadRoles.None, await alice.Access.RolesOfAsync<Invoice>(b));
        await alice.Access.UnrestrictAsync<Invoice>();
        Assert.Equal(ThreadRoles.Write | ThreadRoles.Read | ThreadRoles.Replicate, await alice.Access.RolesOfAsync<Invoice>(b));
    }

    [Fact]
    public async Task Who_is_put_out_is_given_no_new_read_key_B_REV_1()
    {
        await using var alice = Owner();
        await using var bob = await JoinAsync(alice);
        await alice.Access.GrantAsync(bob.Thread.Identity, ThreadRoles.Write);
        await alice.Access.RotateKeysAsync();
        alice.Add(new Invoice { Id = Guid.CreateVersion7(), Total = 1 });
        await alice.SaveChangesAsync();
        await Send(alice, bob);
        Assert.Equal([1], bob.Set<Invoice>().Select(i => i.Total));

        await alice.Access.RevokeAsync(bob.Thread.Identity, rotateKeys: false);
        await alice.Access.GrantAsync(bob.Thread.Identity, ThreadRoles.Read);
        await alice.Access.RevokeAsync(bob.Thread.Identity);
        alice.Add(new Invoice { Id = Guid.CreateVersion7(), Total = 2 });
        await alice.SaveChangesAsync();
        await Send(alice, bob);
        Assert.Equal([1], bob.Set<Invoice>().Select(i => i.Total));
        await Assert.ThrowsAsync<ThreadsException>(() => bob.Access.RotateKeysAsync());
    }

    [Fact]
    public async Task A_capability_is_issued_passed_on_and_shown()
    {
        await using var alice = Owner();
        alice.AddRange(new Invoice { Id = Guid.CreateVersion7(), Total = 1 }, new Invoice { Id = Guid.CreateVersion7(), Total = 2 });
        await alice.SaveChangesAsync();
        await using var bob = await JoinAsync(alice);
        await using var carol = await JoinAsync(alice);
        var expires = DateTimeOffset.UtcNow.AddHours(1);
        var held = await alice.Access.IssueCapabilityAsync<Invoice>(bob.Thread.Identity, ThreadRoles.Write, expires);
        var passed = await bob.Access.DelegateAsync(bob.Set<Invoice>().Single(i => i.Total == 2), held, carol.Thread.Identity, ThreadRoles.Write, expires);
        await carol.Access.PresentAsync(passed);
        carol.Set<Invoice>().Single(i => i.Total == 2).Total = 3;
        await carol.SaveChangesAsync();
        carol.Set<Invoice>().Single(i => i.Total == 1).Total = 3;
        await DeniedAsync(carol);
        await Send(carol, alice);

        Assert.Equal([1, 3], alice.Set<Invoice>().AsNoTracking().OrderBy(i => i.Total).Select(i => i.Total));
        var shown = alice.Access.Capabilities.Single();
        Assert.Equal((carol.Thread.Identity.ToString(), "entity", "Invoice", 2, null), (shown.Holder, shown.Level, shown.TableName, shown.Links, shown.Reason));
    }

    [Fact]
    public async Task A_model_says_which_list_a_table_begins_with()
    {
        await using var alice = Owner(m => m.Entity<Invoice>().HasAccess(a => a.Write("accounting").Delete("accounting").Read()), create: false);
        await alice.Database.EnsureCreatedAsync();
        var list = alice.Access.Entries.Where(e => e.Level == "collection").OrderBy(e => e.Principal).Select(e => e.TableName + "|" + e.Principal + "|" + e.Roles).ToList();
        Assert.Equal(["Invoice|*|read", "Invoice|accounting|write delete"], list.Distinct());
        await using var bob = await JoinAsync(alice);
        Assert.Equal(ThreadRoles.None, await bob.Access.RolesOfAsync<Invoice>(bob.Thread.Identity));
        await alice.Access.GrantAsync(ThreadPrincipal.Everybody, ThreadRoles.Write);
        Assert.Equal(ThreadRoles.Read | ThreadRoles.Replicate, await alice.Access.RolesOfAsync<Invoice>(bob.Thread.Identity));

        // Once: what an admin decided later stays.
        await alice.Access.UnrestrictAsync<Invoice>();
        await alice.Database.EnsureCreatedAsync();
        await alice.Database.MigrateAsync();
        Assert.Empty(alice.Access.Entries.Where(e => e.Level == "collection"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_migration_makes_the_lists_of_its_tables_once(bool async)
    {
        using var database = new TestDatabase();
        await using var context = new InvoicesContext(database.ConnectionString + ";Variant=AccessControlled");
        for (var i = 0; i < 2; i++)
        {
            if (async)
            {
                await context.Database.MigrateAsync();
            }
            else
            {
                context.Database.Migrate();
            }

            var list = context.Access.Entries.Single(e => e.Level == "collection" && e.Principal == "accounting");
            Assert.Equal(("Invoice", "write"), (list.TableName, list.Roles));
        }

        await context.Access.UnrestrictAsync<Invoice>();
        await context.Database.MigrateAsync();
        Assert.Empty(context.Access.Entries.Where(e => e.Level == "collection"));
    }

    [Fact]
    public async Task In_a_raw_thread_a_models_lists_say_nothing_and_text_that_is_none_is_refused()
    {
        await using var raw = new ModelContext(o => o.UseThreads("Data Source=:memory:"), m => m.Entity<Invoice>().HasAccess(a => a.Write("accounting")));
        await raw.Database.OpenConnectionAsync();
        await raw.Database.EnsureCreatedAsync();
        Assert.Empty(raw.Access.Entries);
        raw.Add(new Invoice { Id = Guid.CreateVersion7() });
        await raw.SaveChangesAsync();

        var builder = new ModelBuilder();
        foreach (var text in new[] { "accounting", "{\"accounting\":\"Everything\"}", "null" })
        {
            Assert.Contains("access list", Assert.Throws<ArgumentException>(() => builder.Entity<Invoice>().HasAccess(text)).Message);
        }
    }

    [Fact]
    public async Task A_change_of_the_lists_is_part_of_the_contexts_transaction()
    {
        await using var alice = Owner();
        var before = alice.Access.Entries.Count();
        await using (var transaction = await alice.Database.BeginTransactionAsync())
        {
            alice.Add(new Invoice { Id = Guid.CreateVersion7() });
            await alice.SaveChangesAsync();
            await alice.Access.GrantAsync("g", ThreadRoles.Read);
            Assert.Equal(before + 1, alice.Access.Entries.Count());
            await transaction.RollbackAsync();
        }

        Assert.Equal(before, alice.Access.Entries.Count());
        Assert.Empty(alice.Set<Invoice>().AsNoTracking());
        await alice.Access.GrantAsync("g", ThreadRoles.Read);
        Assert.Equal(before + 1, alice.Access.Entries.Count());
    }

    /// <summary>As EF Core tells of every refused save.</summary>
    private static async Task DeniedAsync(ModelContext context)
    {
        var failed = await Assert.ThrowsAsync<DbUpdateException>(() => context.SaveChangesAsync());
        Assert.Equal(ThreadsErrorCode.AccessDenied, Assert.IsType<ThreadsException>(failed.InnerException).ThreadsErrorCode);
    }

    private static ModelContext Owner(Action<ModelBuilder>? model = null, bool create = true)
    {
        var context = new ModelContext(o => o.UseThreads("Data Source=:memory:;Variant=AccessControlled"), model ?? (m => m.Entity<Invoice>()));
        context.Database.OpenConnection();
        if (create)
        {
            context.Database.EnsureCreated();
        }

        return context;
    }

    private static async Task<ModelContext> JoinAsync(ModelContext owner)
    {
        using var key = owner.Thread.Key;
        var text = key.Export();
        var id = owner.Thread.Id;
        var context = new ModelContext(o => o.UseThreads($"Data Source=:memory:;Thread={id};Thread Key={text}"), m => m.Entity<Invoice>());
        await context.Database.OpenConnectionAsync();
        await context.Database.EnsureCreatedAsync();
        await Send(owner, context);
        return context;
    }

    private static async Task Send(ModelContext from, ModelContext to)
    {
        using var stream = new MemoryStream();
        await from.Thread.ExportAsync(stream, to.Thread.Heads);
        stream.Position = 0;
        await to.Thread.ImportAsync(stream);
        to.ChangeTracker.Clear();
    }

    public sealed class Invoice
    {
        public Guid Id { get; set; }

        public int Total { get; set; }
    }
}

/// <summary>An application with one migration, whose model says who writes its table.</summary>
internal sealed class InvoicesContext(string connectionString) : DbContext
{
    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder)
        => optionsBuilder.UseThreads(connectionString).ConfigureWarnings(w => w.Ignore(RelationalEventId.PendingModelChangesWarning));

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<AccessTests.Invoice>().HasAccess(a => a.Write("accounting"));
}

[DbContext(typeof(InvoicesContext))]
[Migration("20260101000000_Invoices")]
internal sealed class InvoicesMigration : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable(
        "Invoice", t => new { Id = t.Column<Guid>("TEXT", nullable: false), Total = t.Column<int>("INTEGER", nullable: false) },
        constraints: t => t.PrimaryKey("PK_Invoice", x => x.Id));
}
