using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Threads.Data.Identity;

namespace Threads.Data.Tests.Identity;

public class CollectionNameTests
{
    [SkippableFact]
    public void Names_are_taken_and_refused_as_go_threads_does()
    {
        foreach (var entry in Vectors.List("threads-names.json", "names"))
            Assert.True(entry.GetProperty("accepted").GetBoolean() == CollectionName.IsValid(entry.Text("name")), entry.Text("name"));
    }

    [Fact]
    public void The_rule_is_the_pattern_of_go_threads()
    {
        var characters = Gen.Elements('a', 'Z', '0', '9', '-', '-', '_', 'é', '\n', ' ').ListOf().Select(list => string.Concat(list)).ToArbitrary();
        Prop.ForAll(characters, name => CollectionName.IsValid(name) == Regex.IsMatch(name, @"^[A-Za-z0-9]+(?:[-][A-Za-z0-9]+)*\z"))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }
}
