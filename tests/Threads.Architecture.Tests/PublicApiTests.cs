using System.Reflection;

namespace Threads.Architecture.Tests;

/// <summary>Each project's public API stands in its PublicAPI.txt, so that a change of it is seen in the commit that makes it.</summary>
public class PublicApiTests
{
    private const string Switch = "THREADS_UPDATE_API";

    [Theory]
    [InlineData("Threads.Data")]
    [InlineData("EFCore.Threads")]
    [InlineData("Threads.Net")]
    public void Public_api_is_the_one_written_down(string project)
    {
        var file = Repository.At("src", project, "PublicAPI.txt");
        var now = PublicApi.Of(Assembly.Load(project));
        if (Environment.GetEnvironmentVariable(Switch) == "1")
            File.WriteAllText(file, string.Concat(now.Select(line => line + "\n")));

        string[] written = File.Exists(file) ? File.ReadAllLines(file) : [];
        var added = now.Except(written).Select(line => "+ " + line);
        var gone = written.Except(now).Select(line => "- " + line);
        Assert.True(now.SequenceEqual(written),
            $"The public API of {project} is not what src/{project}/PublicAPI.txt says. If you meant it, run\n"
            + $"  {Switch}=1 dotnet test tests/Threads.Architecture.Tests --filter {nameof(PublicApiTests)}\n"
            + "and commit the file with the change and a line in CHANGELOG.md.\n" + string.Join('\n', gone.Concat(added)));
    }

    [Fact]
    public void Every_source_project_has_a_baseline()
    {
        var tested = typeof(PublicApiTests).GetMethod(nameof(Public_api_is_the_one_written_down))!.GetCustomAttributes<InlineDataAttribute>()
            .Select(a => (string)a.GetData(null!).Single()[0]);
        Assert.Equal(Repository.SourceProjects.Order(), tested.Order());
    }
}
