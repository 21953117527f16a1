using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Threads.Data;

namespace EFCore.Threads.Tests;

// T-STO-18
public sealed class DocumentStoreTests : IDisposable
{
    private readonly TestDatabase database = new();

    public void Dispose() => database.Dispose();

    [Fact]
    public async Task Documents_need_no_model_and_no_schema()
    {
        await using var context = database.Created(_ => { });
        var people = context.Documents("the {\"people\"}");
        Assert.Null(people.Get<Person>("ann"));
        Assert.Null(await people.GetJsonAsync("ann"));
        Assert.False(people.Delete("ann"));
        Assert.False(await people.DeleteAsync("ann"));
        Assert.Empty(people.All);

        people.Put("ann", new Person { Name = "Ann", Age = 61, Tags = ["a", "b"], Home = new() { City = "Bonn" } });
        await people.PutAsync("bob", new { Name = "Bob", Age = "unknown", Extra = new[] { 1, 2 } });
        people.PutJson("eve", """{"Name":null,"Age":30.5,"Tags":[1,true]}""");
        people.Put("eve2", new Dictionary<string, object> { ["Name"] = "Eve" });

        Assert.Equal((61, "Bonn"), (people.Get<Person>("ann")!.Age, people.Get<Person>("ann")!.Home!.City));
        Assert.Equal("""{"Name":null,"Age":30.5,"Tags":[1,true]}""", people.GetJson("eve"));
        Assert.Throws<JsonException>(() => people.Get<Person>("bob"));
        Assert.Equal(["ann", "bob", "eve", "eve2"], await people.All.OrderBy(d => d.Key).Select(d => d.Key).ToListAsync());
        Assert.True(people.Delete("eve2"));
        Assert.Equal(3, people.All.AsEnumerable().Count());
        people.CreateIndex("$.Age");
    }

    [Fact]
    public void LINQ_reaches_members_that_are_there_null_or_absent_and_arrays()
    {
        using var context = database.Created(_ => { });
        var people = context.Documents("people");
        people.Put("ann", new Person { Name = "Ann", Age = 61, Tags = ["a", "b"], Home = new() { City = "Bonn" } });
        people.PutJson("bob", """{"Name":"Bob","Age":"unknown","Home":null,"odd name":1}""");
        people.PutJson("eve", """{"Age":30.5,"Tags":[1,true,"[x]"],"Ok":true}""");

        Assert.Equal(["ann"], Keys(d => EF.Functions.JsonValue<int>(d.Body, "$.Age") > 31 && EF.Functions.JsonType(d.Body, "$.Age") == "integer"));
        Assert.Equal(["ann"], Keys(d => EF.Functions.JsonValue<string>(d.Body, "$.Home.City") == "Bonn"));
        Assert.Equal(["bob", "eve"], Keys(d => EF.Functions.JsonValue<string?>(d.Body, "$.Home.City") == null));
        Assert.Equal(["bob"], Keys(d => EF.Functions.JsonType(d.Body, "$.Home") == "null"));
        Assert.Equal(["eve"], Keys(d => EF.Functions.JsonType(d.Body, "$.Home") == null));
        Assert.Equal(["ann"], Keys(d => EF.Functions.JsonContains(d.Body, "$.Tags", "b")));
        Assert.Equal(["eve"], Keys(d => EF.Functions.JsonContains(d.Body, "$.Tags", 1)));
        Assert.Equal(["eve"], Keys(d => EF.Functions.JsonContains(d.Body, "$.Tags", "[x]")));
        Assert.Empty(Keys(d => EF.Functions.JsonContains(d.Body, "$.Name", "Ann")));
        Assert.Equal(["ann"], Keys(d => EF.Functions.JsonValue<string>(d.Body, "$.Tags[1]") == "b"));
        Assert.Equal(["eve"], Keys(d => EF.Functions.JsonValue<bool>(d.Body, "$.Ok")));
        Assert.Equal(["bob"], Keys(d => EF.Functions.JsonValue<int>(d.Body, "$.\"odd name\"") == 1));
        Assert.Equal(["bob", "ann"], people.All.Where(d => EF.Functions.JsonValue<string?>(d.Body, "$.Name") != null)
            .OrderByDescending(d => EF.Functions.JsonValue<string>(d.Body, "$.Name")).Select(d => d.Key));
        Assert.Equal(30.5m, people.All.Where(d => d.Key == "eve").Select(d => EF.Functions.JsonValue<decimal>(d.Body, "$.Age")).Single());

        string[] Keys(System.Linq.Expressions.Expression<Func<StoredDocument, bool>> where) => [.. people.All.Where(where).OrderBy(d => d.Key).Select(d => d.Key)];
    }

    [Fact]
    public async Task A_merge_changes_the_members_it_names()
    {
        await using var context = database.Created(_ => { });
        var people = context.Documents("people");
        people.Merge("ann", new { Name = "Ann", Gone = (string?)null });
        await people.MergeAsync("ann", new { Age = 61, Home = new { City = "Bonn", Street = "A" } });
        people.Merge("ann", new { Name = (string?)null, Home = new { City = "Kiel" } });
        Assert.Equal("""{"Age":61,"Home":{"City":"Kiel","Street":"A"}}""", people.GetJson("ann"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Two_peers_who_change_one_document_end_with_both_changes(bool isInModel)
    {
        using var other = new TestDatabase();
        Action<ModelBuilder> model = isInModel ? m => m.DocumentStore("people") : _ => { };
        await using var first = database.Created(model);
        first.Documents("people").Put("ann", new { Name = "Ann", Age = 61, Home = new { City = "Bonn", Street = "A" } });
        using var key = first.Thread.Key;
        await using var second = new ModelContext(o => o.UseThreads(new ThreadsConnectionStringBuilder(other.ConnectionString) { Thread = first.Thread.Id.ToString(), ThreadKey = key.Export() }.ToString()), model);
        await second.Database.EnsureCreatedAsync();
        await second.Documents("people").PutAsync("bob", new { Name = "Bob" });
        await Send(first, second);

        first.Documents("people").Merge("ann", new { Age = 62, Home = new { Street = "B" } });
        second.Documents("people").Put("ann", new { Name = "Anna", Age = 61, Home = new { City = "Kiel", Street = "A" } });
        await Send(first, second);
        await Send(second, first);
        using var ann = JsonDocument.Parse(first.Documents("people").GetJson("ann")!);
        using var expected = JsonDocument.Parse("""{"Name":"Anna","Age":62,"Home":{"City":"Kiel","Street":"B"}}""");
        Assert.True(JsonElement.DeepEquals(expected.RootElement, ann.RootElement), ann.RootElement.GetRawText());
        Assert.Equal(first.Documents("people").GetJson("ann"), second.Documents("people").GetJson("ann"));
        Assert.Equal(await first.Thread.DigestAsync(), await second.Thread.DigestAsync());
    }

    private static async Task Send(DbContext from, DbContext to)
    {
        using var file = new MemoryStream();
        await from.Thread.ExportAsync(file, to.Thread.Heads);
        file.Position = 0;
        await to.Thread.ImportAsync(file);
    }

    [Fact]
    public void What_is_no_document_no_path_and_no_key_is_refused()
    {
        using var context = database.Created(_ => { });
        var people = context.Documents("people");
        Assert.Throws<ArgumentNullException>(() => people.Put<object>(null!, new { }));
        Assert.Contains("JSON object", Assert.Throws<ArgumentException>(() => people.Put("a", 1)).Message);
        Assert.Contains("JSON object", Assert.Throws<ArgumentException>(() => people.Put<object?>("a", null)).Message);
        Assert.Contains("no JSON", Assert.Throws<ArgumentException>(() => people.PutJson("a", "{'a':1}")).Message);
        Assert.Contains("JSON object", Assert.Throws<ArgumentException>(() => people.Merge("a", new[] { 1 })).Message);
        Assert.Contains("begins with $", Assert.Throws<ArgumentException>(() => people.CreateIndex("age")).Message);
        Assert.Throws<ArgumentException>(() => context.Documents(" "));
        Assert.Empty(people.All);
        people.PutJson("a", "{}");
        Assert.Throws<ArgumentException>(() => people.CreateIndex("$a"));
        context.Database.ExecuteSqlRaw("INSERT INTO people VALUES('bad', 'no json')");
        Assert.Contains("malformed JSON", Assert.Throws<ThreadsException>(() => people.All.Where(d => EF.Functions.JsonType(d.Body, "$.a") == null).ToList()).Message);
        Assert.Throws<InvalidOperationException>(() => EF.Functions.JsonValue<int>("{}", "$.a"));
    }

    [Fact]
    public async Task An_index_on_a_path_is_used_and_may_be_unique()
    {
        await using var context = database.Created(_ => { });
        var people = context.Documents("people");
        people.CreateIndex("$.Age");
        await people.CreateIndexAsync("$.Mail's", isUnique: true);
        people.CreateIndex("$.Age");
        people.PutJson("a", """{"Age":1,"Mail's":"x"}""");
        Assert.Contains("USING INDEX IX_people_$.Age", Plan(people.All.Where(d => EF.Functions.JsonValue<int>(d.Body, "$.Age") > 7), context));
        Assert.Equal(19, Assert.Throws<ThreadsException>(() => people.PutJson("b", """{"Mail's":"x"}""")).SqliteErrorCode);
        await people.DropIndexAsync("$.Age");
        people.DropIndex("$.Mail's");
        people.DropIndex("$.Nothing");
        Assert.DoesNotContain("USING INDEX", Plan(people.All.Where(d => EF.Functions.JsonValue<int>(d.Body, "$.Age") > 7), context));
        people.PutJson("b", """{"Mail's":"x"}""");
    }

    [Fact]
    public void An_index_of_the_model_is_used_by_queries_over_members()
    {
        using var context = database.Created(m => m.DocumentStore<Person>("people").HasJsonIndex(d => d.Body.Age).HasJsonIndex(d => new { d.Body.Home!.City, d.Body.Name }, "ByCity", isUnique: true));
        var people = context.Documents<Person>("people");
        Assert.Contains("USING INDEX IX_people_Body_Age", Plan(people.Where(d => d.Body.Age >= 60 && d.Body.Age < 66), context));
        Assert.Contains("USING INDEX ByCity", Plan(people.Where(d => d.Body.Home!.City == "Bonn"), context));
        people.AddRange(Document("1"), Document("2"));
        Assert.Equal(2067, Assert.IsType<ThreadsException>(Assert.Throws<DbUpdateException>(() => context.SaveChanges()).InnerException).SqliteExtendedErrorCode);

        static Document<Person> Document(string key) => new() { Key = key, Body = new() { Name = "Ann", Home = new() { City = "Bonn" } } };
    }

    [Fact]
    public void Typed_and_untyped_documents_are_the_same_table()
    {
        using var context = database.Created(m => { m.DocumentStore<Person>("people"); m.DocumentStore("notes"); });
        context.Documents("people").Put("ann", new Person { Name = "Ann", Age = 61, Home = new() { City = "Bonn" } });
        var ann = context.Documents<Person>("people").Single(d => d.Body.Home!.City == "Bonn");
        ann.Body.Age++;
        context.Documents<Person>("people").Add(new() { Key = "bob", Body = new() { Name = "Bob" } });
        context.Set<StoredDocument>("notes").Add(new() { Key = "1", Body = """{"text":"a"}""" });
        var records = context.Thread.Records.Count();
        context.SaveChanges();
        Assert.Equal(records + 1, context.Thread.Records.Count());
        Assert.Equal(62, context.Documents("people").Get<Person>("ann")!.Age);
        Assert.Equal(["ann", "bob"], context.Documents("people").All.Select(d => d.Key).OrderBy(k => k));
        Assert.Equal("a", context.Set<StoredDocument>("notes").Select(d => EF.Functions.JsonValue<string>(d.Body, "$.text")).Single());
    }

    [Fact]
    public async Task All_writes_of_a_transaction_are_one_record_and_go_with_it()
    {
        await using var context = database.Created(_ => { });
        context.Documents("people").PutJson("a", "{}");
        context.KeyValues("settings").Put("a", 1);
        var records = context.Thread.Records.Count();
        await using (var transaction = await context.Database.BeginTransactionAsync())
        {
            await context.Documents("people").PutAsync("b", new { x = 1 });
            context.Documents("people").Merge("a", new { x = 1 });
            await context.KeyValues("settings").PutAsync("b", 2);
            await transaction.CommitAsync();
        }

        Assert.Equal(records + 1, context.Thread.Records.Count());
        using (context.Database.BeginTransaction())
        {
            context.Documents("fresh").PutJson("c", "{}");
            context.Documents("people").Delete("a");
        }

        Assert.Equal((2, 0, records + 1), (context.Documents("people").All.Count(), context.Documents("fresh").All.Count(), context.Thread.Records.Count()));
    }

    private static string Plan<T>(IQueryable<T> query, DbContext context)
    {
        using var command = query.CreateDbCommand();
        command.CommandText = "EXPLAIN QUERY PLAN " + command.CommandText;
        context.Database.OpenConnection();
        using var reader = command.ExecuteReader();
        var plan = new List<string>();
        while (reader.Read())
        {
            plan.Add(reader.GetString(3));
        }

        return string.Join('\n', plan);
    }

    private sealed class Person
    {
        public required string Name { get; set; }

        public int Age { get; set; }

        public List<string> Tags { get; set; } = [];

        public Address? Home { get; set; }
    }

    private sealed class Address
    {
        public required string City { get; set; }
    }
}
